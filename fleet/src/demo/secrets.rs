//! What should never have been printed: one line for each kind that redaction will know.
//!
//! All values are made up or are the examples that standards and vendors print in their manuals.

/// What finds such a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the whole meaning")]
pub enum Detector {
    Email,
    Ssn,
    Card,
    Secret,
    Bearer,
    Jwt,
    CloudKey,
    Iban,
    Ipv4,
}

/// Each kind with a careless line and the value in it.
pub const SECRETS: [(Detector, &str, &str); 9] = [
    (Detector::Email, "sent receipt to ada.byron@example.org in 38 ms", "ada.byron@example.org"),
    (Detector::Ssn, "credit check for ssn 219-09-9999 passed with score 711", "219-09-9999"),
    (Detector::Card, "charging card 4111 1111 1111 1111 exp 04/29 amount=129.90", "4111 1111 1111 1111"),
    (Detector::Secret, "retrying login with user=shop password=correct-horse-7 attempt=2", "correct-horse-7"),
    (
        Detector::Bearer,
        "outgoing headers authorization: Bearer mF_9.B5f-4.1JqM accept: json",
        "mF_9.B5f-4.1JqM",
    ),
    (
        Detector::Jwt,
        "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZW1vIn0.c2lnbmF0dXJlLW9mLXRoZS1kZW1v is stale by 12 s",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZW1vIn0.c2lnbmF0dXJlLW9mLXRoZS1kZW1v",
    ),
    (Detector::CloudKey, "upload signed with AKIAIOSFODNN7EXAMPLE took 88 ms", "AKIAIOSFODNN7EXAMPLE"),
    (Detector::Iban, "payout of 240.00 to DE89370400440532013000 queued", "DE89370400440532013000"),
    (Detector::Ipv4, "voucher redeemed twice from 203.0.113.77 within 3 s", "203.0.113.77"),
];
