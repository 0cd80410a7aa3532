//! An object store that speaks S3: versitygw, and `MinIO` for a second opinion.
//!
//! Chosen because sixteen racing creators of one key have one winner: the servers that are easier to get do
//! not keep that promise, and Sawlog stands on it.

mod proxy;

pub use proxy::{Fault, Faults, Injury};

use std::{env, fs, net::SocketAddr, path::PathBuf};

use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};

use super::{
    Ground,
    cache::go::{self, Module},
    error::GroundError,
    part::Part,
    web::{Recipe, Web},
};

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The one that is used.
    Versitygw,
    /// The second opinion. Building it takes minutes once, so nothing asks for it by default.
    Minio,
}

/// A running object store.
#[derive(Debug, Clone)]
pub struct Store {
    web: Web,
}

const ACCESS_KEY: &str = "ground-access";
const SECRET_KEY: &str = "ground-secret-of-nobody";
const REGION: &str = "us-east-1";
const HEALTH: &str = "/health";
const DATA: &str = "data";

const VERSITYGW: Module<'_> = Module {
    name: "versitygw",
    version: "1.8.0",
    go_mod: include_str!("../../../ground/versitygw/go.mod"),
    go_sum: include_str!("../../../ground/versitygw/go.sum"),
    main: None,
    package: "github.com/versity/versitygw/cmd/versitygw",
    megabytes: 1_500,
    values: &[],
};

const MINIO: Module<'_> = Module {
    name: "minio",
    version: "2026-02",
    go_mod: include_str!("../../../ground/minio/go.mod"),
    go_sum: include_str!("../../../ground/minio/go.sum"),
    main: None,
    package: "github.com/minio/minio",
    megabytes: 1_500,
    values: &[],
};

impl Ground {
    /// The object store that everybody here shares.
    pub fn store(&self) -> Result<Store, GroundError> {
        self.store_of("store", Kind::Versitygw)
    }

    /// An object store of another name or kind.
    pub fn store_of(&self, name: &str, kind: Kind) -> Result<Store, GroundError> {
        let program = program(kind)?;
        let (words, user, password, health): (&[&str], _, _, _) = match kind {
            Kind::Versitygw => (
                &["--health", HEALTH, "--quiet", "--port", "ADDRESS", "posix", DATA],
                "ROOT_ACCESS_KEY",
                "ROOT_SECRET_KEY",
                HEALTH,
            ),
            Kind::Minio => (
                &["server", "--quiet", "--address", "ADDRESS", DATA],
                "MINIO_ROOT_USER",
                "MINIO_ROOT_PASSWORD",
                "/minio/health/ready",
            ),
        };
        let web = self.web(
            name,
            &Recipe {
                program: &program,
                arguments: &|address| {
                    words.iter().map(|word| word.replace("ADDRESS", &address.to_string())).collect()
                },
                environment: [(user, ACCESS_KEY), (password, SECRET_KEY)]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
                files: &|_| Vec::new(),
                folders: &[DATA],
                ready: (health, 200),
                shape: &format!("{kind:?}"),
                also: &[("access key", ACCESS_KEY), ("secret key", SECRET_KEY), ("region", REGION)],
            },
        )?;
        Ok(Store { web })
    }
}

/// Set to have the conformance tests on the second opinion too.
const SECOND_OPINION: &str = "SAWLOG_SECOND_OPINION";

/// The one that is used, and the second opinion when that was asked for.
pub fn asked() -> Vec<Kind> {
    let second = env::var_os(SECOND_OPINION).filter(|value| !value.is_empty()).map(|_| Kind::Minio);
    [Kind::Versitygw].into_iter().chain(second).collect()
}

pub(super) fn prepare(kind: Kind) -> Result<(), GroundError> {
    program(kind).map(drop)
}

fn program(kind: Kind) -> Result<PathBuf, GroundError> {
    go::program(match kind {
        Kind::Versitygw => &VERSITYGW,
        Kind::Minio => &MINIO,
    })
}

impl Store {
    /// Its process.
    pub fn part(&self) -> &Part {
        self.web.part()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.web.address()
    }

    /// Starts it after its end, and waits until it answers.
    pub fn start_again(&self) -> Result<(), GroundError> {
        self.web.start_again()
    }

    /// Makes a bucket: to both servers a folder is one.
    pub fn bucket(&self, name: &str) -> Result<(), GroundError> {
        let path: PathBuf = self.part().folder().join(DATA).join(name);
        match fs::create_dir(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(GroundError::File { part: self.part().name().to_owned(), path, source })
            }
            _ => Ok(()),
        }
    }

    /// A client's beginnings: address, credentials, bucket, compare-and-swap by entity tag.
    pub fn client(&self, bucket: &str) -> AmazonS3Builder {
        self.client_through(self.address(), bucket)
    }

    /// The same through a proxy in front of the store.
    pub fn client_through(&self, address: SocketAddr, bucket: &str) -> AmazonS3Builder {
        AmazonS3Builder::new()
            .with_endpoint(format!("http://{address}"))
            .with_allow_http(true)
            .with_access_key_id(ACCESS_KEY)
            .with_secret_access_key(SECRET_KEY)
            .with_region(REGION)
            .with_bucket_name(bucket)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
    }

    /// A bucket of one's own, and its client.
    pub fn open(&self, bucket: &str) -> Result<AmazonS3, GroundError> {
        self.bucket(bucket)?;
        self.client(bucket).build().map_err(|error| GroundError::Request {
            part: self.part().name().to_owned(),
            what: format!("open the bucket {bucket}"),
            why: error.to_string(),
        })
    }

    /// A proxy that does to requests what object stores do on a bad day.
    pub fn behind_faults(&self) -> Result<Faults, GroundError> {
        Faults::before(self.address()).map_err(|error| GroundError::Request {
            part: self.part().name().to_owned(),
            what: "put a proxy before it".to_owned(),
            why: error.to_string(),
        })
    }
}
