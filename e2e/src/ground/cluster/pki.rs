//! The certificates of a cluster: one authority, and whoever speaks to whom.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};

/// What signs everything.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) certificate: String,
    pub(super) key: String,
}

/// A certificate and its key, as PEM.
pub(super) struct Identity {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// Who it is for: `O` and `CN` are what Kubernetes takes for group and user.
pub(super) struct Subject<'a> {
    pub(super) group: Option<&'a str>,
    pub(super) user: &'a str,
}

impl Authority {
    pub(super) fn new() -> Result<Self, rcgen::Error> {
        let mut parameters = CertificateParams::new(Vec::<String>::new())?;
        parameters.distinguished_name = named(&Subject { group: None, user: "ground" });
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let text = key.serialize_pem();
        let certificate = parameters.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(parameters, key), certificate, key: text })
    }

    pub(super) fn client(&self, subject: &Subject<'_>) -> Result<Identity, rcgen::Error> {
        self.sign(subject, ExtendedKeyUsagePurpose::ClientAuth, &[])
    }

    /// For a server of these names and addresses.
    pub(super) fn server(&self, user: &str, names: &[String]) -> Result<Identity, rcgen::Error> {
        self.sign(&Subject { group: None, user }, ExtendedKeyUsagePurpose::ServerAuth, names)
    }

    fn sign(
        &self,
        subject: &Subject<'_>,
        usage: ExtendedKeyUsagePurpose,
        names: &[String],
    ) -> Result<Identity, rcgen::Error> {
        let mut parameters = CertificateParams::new(Vec::<String>::new())?;
        parameters.distinguished_name = named(subject);
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![usage];
        for name in names {
            parameters.subject_alt_names.push(match name.parse() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(name.as_str().try_into()?),
            });
        }
        let key = KeyPair::generate()?;
        let certificate = parameters.signed_by(&key, &self.issuer)?.pem();
        Ok(Identity { certificate, key: key.serialize_pem() })
    }
}

fn named(subject: &Subject<'_>) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if let Some(group) = subject.group {
        name.push(DnType::OrganizationName, group);
    }
    name.push(DnType::CommonName, subject.user);
    name
}
