//! Kafka's jars, formatted metadata folders to copy, and an archive of loaded classes: what makes a broker
//! ready in three seconds.
//!
//! Two entries of the cache, because the archive remembers where the jars were and which Java loaded them.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use sha2::{Digest as _, Sha256};

use super::config::{Config, NODES};
use crate::{
    ground::{
        cache::{self, Recipe, Step, Workshop},
        error::GroundError,
        keeper::call::program,
        port,
    },
    image,
};

pub(super) const VERSION: &str = "4.3.1";
/// Every cluster of the ground has this id: formatting is done once.
pub(super) const CLUSTER: &str = "c2F3bG9nLWdyb3VuZC0xMA";
/// Users every formatted folder knows, with their passwords.
pub(super) const USERS: [(&str, &str); 3] =
    [("agent", "agent-password"), ("indexer", "indexer-password"), ("stranger", "stranger-password")];

const POM: &str = include_str!("../../../ground/kafka/pom.xml");
const SUMS: &str = include_str!("../../../ground/kafka/jars.sha256");
const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
const JAVA: &str =
    "install a JDK, 17 or newer (Debian and Ubuntu: apt-get install openjdk-17-jdk-headless), then run again";
const AGAIN: &str = "see that `java -version` says 17 or newer and that the disk is not full, then run again";
const MAVEN: &str = "install Maven (Debian and Ubuntu: apt-get install maven), then run again";
const ONE_JVM: Duration = Duration::from_mins(2);

/// What a broker is started from.
pub(super) struct Prepared {
    jars: PathBuf,
    archive: PathBuf,
}

impl Prepared {
    pub(super) fn get() -> Result<Self, GroundError> {
        let make = |workshop: &Workshop<'_>| fetch_and_format(workshop);
        let users = format!("{USERS:?}{CLUSTER}{NODES}");
        let inputs = [POM, SUMS, &users];
        let home = cache::ready(&Recipe {
            name: "kafka",
            version: VERSION,
            inputs: &inputs,
            megabytes: 300,
            make: &make,
        })?;
        let java = java()?;
        let archive = |workshop: &Workshop<'_>| archive_classes(workshop, &home);
        let place = home.display().to_string();
        let inputs = [place.as_str(), &java];
        let classes = cache::ready(&Recipe {
            name: "kafka-classes",
            version: VERSION,
            inputs: &inputs,
            megabytes: 300,
            make: &archive,
        })?;
        Ok(Self { jars: home, archive: classes.join("classes.jsa") })
    }

    /// The arguments of `java` up to the main class.
    pub(super) fn java(&self, heap_megabytes: u32) -> Vec<String> {
        let mut arguments = java_arguments(&self.jars, heap_megabytes);
        arguments.insert(0, "-Xshare:auto".to_owned());
        arguments.insert(0, format!("-XX:SharedArchiveFile={}", self.archive.display()));
        arguments
    }

    /// Puts a formatted folder of node `node` at `data`.
    pub(super) fn copy_formatted(&self, node: usize, data: &Path) -> Result<(), GroundError> {
        copy_formatted(&self.jars, node, data)
    }
}

fn copy_formatted(home: &Path, node: usize, data: &Path) -> Result<(), GroundError> {
    let failed = |source| GroundError::File { part: "kafka".to_owned(), path: data.to_owned(), source };
    fs::create_dir_all(data).map_err(failed)?;
    for entry in fs::read_dir(formatted(home, node)).map_err(failed)? {
        let file = entry.map_err(failed)?;
        fs::copy(file.path(), data.join(file.file_name())).map_err(failed)?;
    }
    Ok(())
}

fn formatted(home: &Path, node: usize) -> PathBuf {
    home.join(format!("formatted-{node}"))
}

fn java_arguments(home: &Path, heap_megabytes: u32) -> Vec<String> {
    [
        &format!("-Xms{}m", heap_megabytes.min(256)),
        &format!("-Xmx{heap_megabytes}m"),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData", // nothing below /tmp
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
        "-cp",
        &format!("{}/lib/*", home.display()),
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Which Java is on the path: its real place, size and time. Asking itself would cost a start each time.
fn java() -> Result<String, GroundError> {
    let missing = || GroundError::Missing {
        part: "kafka".to_owned(),
        program: "java".to_owned(),
        remedy: JAVA.to_owned(),
    };
    let path = env::var_os("PATH").ok_or_else(missing)?;
    let found = env::split_paths(&path).find_map(|folder| fs::canonicalize(folder.join("java")).ok());
    let found = found.ok_or_else(missing)?;
    let about = fs::metadata(&found).map_err(|_| missing())?;
    let modified = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok(format!("{} {} {:?}", found.display(), about.len(), modified))
}

fn fetch_and_format(workshop: &Workshop<'_>) -> Result<(), GroundError> {
    workshop.need("java", JAVA)?;
    workshop.need("mvn", MAVEN)?;
    let failed = |source| GroundError::Cache { folder: workshop.folder.to_owned(), source };
    fs::write(workshop.folder.join("pom.xml"), POM).map_err(failed)?;
    let step = Step {
        what: "download the jars with Maven",
        program: "mvn",
        limit: Duration::from_mins(10),
        remedy: "connect to the network and see that the disk is not full, then run again",
    };
    workshop.run(&step, |command| {
        let target = format!("-DoutputDirectory={}", workshop.folder.join("lib").display());
        command.args(["-q", "-B", "-f", "pom.xml", COPY, "-DincludeScope=runtime", &target]);
    })?;
    check_sums(workshop)?;
    for node in 1..=NODES {
        format(workshop, node)?;
    }
    Ok(())
}

/// Nothing runs that is not byte for byte what was looked at.
fn check_sums(workshop: &Workshop<'_>) -> Result<(), GroundError> {
    let lib = workshop.folder.join("lib");
    let failed = |source| GroundError::Cache { folder: lib.clone(), source };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(&lib).map_err(failed)? {
        let jar = entry.map_err(failed)?;
        let sum = Sha256::digest(fs::read(jar.path()).map_err(failed)?);
        found.insert(jar.file_name().to_string_lossy().into_owned(), image::hex(&sum));
    }
    let wanted: BTreeMap<String, String> = SUMS
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, jar)| (jar.to_owned(), sum.to_owned()))
        .collect();
    let differing = wanted
        .iter()
        .find(|(jar, sum)| found.get(*jar) != Some(*sum))
        .or_else(|| found.iter().find(|(jar, _)| !wanted.contains_key(*jar)));
    match differing {
        None => Ok(()),
        Some((jar, _)) => Err(GroundError::Prepare {
            part: workshop.part.to_owned(),
            step: "compare the jars with their sums".to_owned(),
            why: format!("{jar} is missing, unexpected, or not what e2e/ground/kafka/jars.sha256 says"),
            remedy: "remove it from Maven's own cache (~/.m2), then run again".to_owned(),
        }),
    }
}

fn format(workshop: &Workshop<'_>, node: usize) -> Result<(), GroundError> {
    let data = formatted(workshop.folder, node);
    let config = Config::only_for_formatting(node, &data);
    let file = workshop.folder.join(format!("formatted-{node}.properties"));
    fs::write(&file, config).map_err(|source| GroundError::Cache { folder: file.clone(), source })?;
    let step = Step { what: "format a metadata folder", program: "java", limit: ONE_JVM, remedy: AGAIN };
    workshop.run(&step, |command| {
        command.args(java_arguments(workshop.folder, 256));
        command.args(["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c"]).arg(&file);
        for (user, password) in USERS {
            command.args(["--add-scram", &format!("SCRAM-SHA-512=[name={user},password={password}]")]);
        }
    })
}

/// Runs a broker once, ends it by SIGTERM, and keeps what it had loaded.
fn archive_classes(workshop: &Workshop<'_>, home: &Path) -> Result<(), GroundError> {
    let data = workshop.folder.with_extension("data");
    let failed = |source| GroundError::Cache { folder: data.clone(), source };
    if data.exists() {
        fs::remove_dir_all(&data).map_err(failed)?;
    }
    copy_formatted(home, 1, &data)?;
    let ports = port::free(2)?;
    let config = data.with_extension("properties");
    fs::write(&config, Config::plain(&ports, &data)).map_err(failed)?;
    let archive = workshop.folder.join("classes.jsa");
    let step = Step { what: "archive the broker's classes", program: "bash", limit: ONE_JVM, remedy: AGAIN };
    let ground = program()?;
    let made = workshop.run(&step, |command| {
        command.env("GROUND", ground);
        command.args(["-c", SERVE_ONCE, "serve-once", "java"]);
        command.arg(format!("-XX:ArchiveClassesAtExit={}", archive.display()));
        command.args(java_arguments(home, 384)).arg("kafka.Kafka").arg(&config);
        command.env("PORT", ports[0].to_string()).env("ARCHIVE", &archive);
    });
    fs::remove_dir_all(&data).map_err(failed)?;
    fs::remove_file(&config).map_err(failed)?;
    made
}

/// Starts what its arguments say, waits until it listens, and ends it: Java writes the archive at its end.
const SERVE_ONCE: &str = r#"
"$GROUND" child $$ "$@" & broker=$!
until (: </dev/tcp/127.0.0.1/"$PORT") 2>/dev/null; do
    kill -0 "$broker" || exit 1
    sleep 0.1
done
kill "$broker"
wait "$broker"
[ -s "$ARCHIVE" ]
"#;
