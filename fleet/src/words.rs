//! What varies in a message: numbers, names from pools, and values seen only once.
//!
//! Pools give a rank its face by a fixed function, so popular values come back, as popular customers do.
//! Every value here has a digit except the words; values seen once begin with a digit, so that none of them
//! is taken for a word by chance.

use std::fmt::Write as _;

use crate::dice::{Dice, mix};

macro_rules! values {
    ($($name:literal $value:ident,)*) => {
        /// What stands for a placeholder.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the placeholder's own name says it")]
        pub enum Value { $($value),* }

        impl Value {
            /// By the placeholder's name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$value),)* _ => None }
            }
        }
    };
}

values! {
    "ms" Ms, "n" N, "bytes" Bytes, "port" Port, "pid" Pid, "line" Line, "pct" Pct, "status" Status,
    "partition" Partition, "offset" Offset, "lsn" Lsn, "secs" Secs, "small" Small,
    "ip" Ip, "badip" BadIp, "host" Host, "userid" UserId, "sku" Sku, "shard" Shard, "version" Version,
    "account" Account, "thread" Thread,
    "hex8" Hex8, "hex10" Hex10, "uuid" Uuid, "req" Req, "txid" TxId, "order" Order, "seal" Seal,
    "user" User, "table" Table, "topic" Topic, "route" Route, "method" Method, "pool" Pool, "class" Class,
    "feature" Feature, "city" City, "agent" Agent, "queue" Queue, "region" Region,
}

impl Value {
    /// Writes one; `tick` counts milliseconds, for the numbers that a program hands out in a row.
    pub fn write(self, tick: u64, dice: &mut Dice, out: &mut String) {
        let written = match self {
            Self::Ms => write!(out, "{}", 1 + dice.rank(11)),
            Self::N => write!(out, "{}", dice.rank(7)),
            Self::Bytes => write!(out, "{}", 64 + dice.rank(14)),
            Self::Port => write!(out, "{}", 32_768 + dice.below(400)),
            Self::Pid => write!(out, "{}", 100 + dice.rank(8)),
            Self::Line => write!(out, "{}", 20 + dice.rank(8)),
            Self::Pct => write!(out, "{}", dice.below(101)),
            Self::Status => write!(out, "{}", dice.favour(STATUS)),
            Self::Partition => write!(out, "{}", dice.below(48)),
            Self::Offset => write!(out, "{}", 4_000_000 + tick / 10 + dice.below(10)),
            Self::Lsn => {
                write!(out, "{:X}/{:08X}", 0x30 + dice.below(9), 0x1A00_0000 + tick + dice.below(1 << 8))
            }
            Self::Secs => write!(out, "{}.{:03}", dice.rank(5), dice.below(1000)),
            Self::Small => write!(out, "{}", 1 + dice.below(6)),
            Self::Ip => {
                let face = mix(dice.rank(8) + 0x1B);
                write!(out, "10.{}.{}.{}", face % 32, (face >> 8) % 100, (face >> 16) % 250 + 1)
            }
            Self::BadIp => {
                let face = mix(dice.rank(12) + 0xBAD);
                write!(out, "203.{}.{}.{}", face % 32, 100 + (face >> 8) % 100, (face >> 16) % 250 + 1)
            }
            Self::Host => {
                let face = mix(dice.rank(8) + 0x405);
                write!(out, "ip-10-{}-{}-{}", face % 8, (face >> 8) % 90, (face >> 16) % 250 + 1)
            }
            Self::UserId => write!(out, "u{}", 10_000 + mix(dice.rank(11) + 1) % 90_000),
            Self::Sku => write!(out, "SKU-{}", 10_000 + mix(dice.rank(9) + 9) % 90_000),
            Self::Shard => write!(out, "shard-{}", dice.below(24)),
            Self::Version => write!(out, "v{}.{}.{}", 1 + dice.below(3), dice.below(8), dice.rank(3)),
            Self::Account => write!(out, "acct_{}", 10_000 + mix(dice.rank(10) + 5) % 90_000),
            Self::Thread => write!(out, "worker-{}", dice.below(32)),
            Self::Hex8 => write!(out, "{}{:07x}", 1 + dice.below(9), dice.bits() >> 36),
            Self::Hex10 => write!(out, "{}{:09x}", 1 + dice.below(9), dice.bits() >> 28),
            Self::Uuid => {
                // Version 7: a time, then chance.
                let (clock, low) = (0x0019_5000_0000 + tick, dice.bits());
                let (high, mid) = (clock >> 16, clock & 0xFFFF);
                write!(
                    out,
                    "{high:08x}-{mid:04x}-7{:03x}-a{:03x}-{:012x}",
                    low >> 52,
                    low & 0x3FF,
                    low >> 10 & 0xFFFF_FFFF
                )
            }
            Self::Req => write!(out, "req_{tick:08}{}", dice.below(10)),
            Self::TxId => write!(out, "{}", 7_000_000_000 + tick * 10 + dice.below(10)),
            Self::Order => write!(out, "ORD-{}", 100_000_000 + tick * 10 + dice.below(10)),
            Self::Seal => {
                let letter = char::from(b'a' + dice.below(6) as u8);
                write!(out, "{}-{letter}{}", 100 + dice.below(900), 10 + dice.below(90))
            }
            word => out.write_str(dice.favour::<&str>(word.words())),
        };
        written.expect("because writing to a string does not fail");
    }

    /// The words of a kind that has no digits, none for the others.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::User => USERS,
            Self::Table => TABLES,
            Self::Topic => TOPICS,
            Self::Route => ROUTES,
            Self::Method => &["GET", "POST", "PUT", "PATCH", "DELETE"],
            Self::Pool => &["primary", "replica", "reporting", "batch", "admin"],
            Self::Class => CLASSES,
            Self::Feature => FEATURES,
            Self::City => CITIES,
            Self::Agent => &["firefox", "chrome", "safari", "curl", "okhttp", "googlebot"],
            Self::Queue => &["mail", "push", "sms", "invoice", "thumbnail", "retry", "audit"],
            Self::Region => &["eu-west", "eu-north", "us-east", "us-west", "ap-south"],
            _ => &[],
        }
    }
}

const STATUS: &[u16] = &[200, 200, 200, 200, 201, 204, 304, 302, 404, 400, 429, 500, 502, 503];
const USERS: &[&str] = &[
    "root", "admin", "alice", "deploy", "backup", "bruno", "carla", "dmitri", "elena", "farid", "greta",
    "hiro", "ines", "jonas", "kaja", "lucia", "marek", "nadia", "oskar", "priya", "quinn", "rosa", "stefan",
    "tariq", "ulrike", "vera", "wanda", "xavier", "yusuf", "zofia",
];
const TABLES: &[&str] = &[
    "orders",
    "order_items",
    "customers",
    "payments",
    "stock_levels",
    "shipments",
    "prices",
    "carts",
    "coupons",
    "audit_trail",
    "sessions",
    "reviews",
    "returns",
    "warehouses",
];
const TOPICS: &[&str] = &[
    "orders.placed",
    "orders.cancelled",
    "stock.reserved",
    "stock.released",
    "payments.settled",
    "payments.refunded",
    "mail.outbound",
    "search.updates",
    "prices.changed",
    "shipments.booked",
    "reviews.written",
    "carts.abandoned",
];
const ROUTES: &[&str] = &[
    "/",
    "/api/cart",
    "/api/cart/items",
    "/api/orders",
    "/api/orders/latest",
    "/api/products",
    "/api/products/search",
    "/api/payments",
    "/api/payments/refunds",
    "/api/login",
    "/api/logout",
    "/api/profile",
    "/api/profile/addresses",
    "/api/reviews",
    "/api/stock",
    "/api/recommendations",
    "/api/shipping/quotes",
    "/api/vouchers",
    "/healthz",
    "/metrics",
    "/static/app.js",
    "/static/style.css",
    "/images/hero.webp",
    "/robots.txt",
];
const CLASSES: &[&str] = &[
    "OrderService",
    "CartController",
    "PriceCalculator",
    "StockReservation",
    "VoucherValidator",
    "PaymentClient",
    "AddressBook",
    "TaxRules",
    "ShipmentPlanner",
    "EventPublisher",
    "RetryTemplate",
    "OutboxRelay",
];
const FEATURES: &[&str] = &[
    "express-pay",
    "gift-wrap",
    "new-ranking",
    "split-shipment",
    "dark-mode",
    "one-click",
    "bundle-price",
    "guest-order",
    "live-stock",
    "smart-retry",
];
const CITIES: &[&str] = &[
    "Lisbon", "Porto", "Madrid", "Lyon", "Ghent", "Utrecht", "Bremen", "Aarhus", "Malmo", "Turku", "Tartu",
    "Gdansk", "Brno", "Graz", "Verona", "Split", "Cork", "Leeds",
];
