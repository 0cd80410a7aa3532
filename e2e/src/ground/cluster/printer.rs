//! The image of the program `printer`, whose numbered lines tests follow.
//!
//! It is made from the program as it was built, and made again when that has other bytes. It is an image of the
//! ground, and not among those of the product.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    ground::{
        cache::{self, Recipe, Step, Workshop},
        error::GroundError,
        keeper::call,
    },
    image::{self, Entry, Image, Kind},
};

/// Its name in a cluster.
pub const IMAGE: &str = "ground.local/printer:1";
const NAME: &str = "printer";
/// Every change of the program makes another archive. One that was made so long ago is nobody's, or is made again.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// The archive of the image, made from the program that lies beside `ground`.
pub fn archive() -> Result<PathBuf, GroundError> {
    let program = call::program()?.with_file_name(NAME);
    let bytes = fs::read(&program).map_err(|_| GroundError::Missing {
        part: "the cluster".to_owned(),
        program: program.display().to_string(),
        remedy: "run `cargo build -p sawlog-e2e --bins` (with the tests' profile and target), then run again"
            .to_owned(),
    })?;
    let content = image::hex(&Sha256::digest(&bytes));
    let make = |workshop: &Workshop<'_>| make(workshop, &bytes);
    let recipe = Recipe { name: NAME, version: "1", inputs: &[&content], megabytes: 100, make: &make };
    let home = cache::ready(&recipe)?;
    sweep(&home);
    Ok(home.join("printer.tar"))
}

fn make(workshop: &Workshop<'_>, program: &[u8]) -> Result<(), GroundError> {
    let failed = |source| GroundError::Cache { folder: workshop.folder.to_owned(), source };
    // What is there for debugging is most of it, and every node would unpack it.
    let remedy = "install binutils (Debian and Ubuntu: apt-get install binutils), then run again";
    workshop.need("strip", remedy)?;
    let path = workshop.folder.join(NAME);
    fs::write(&path, program).map_err(failed)?;
    let step =
        Step { what: "strip the printing program", program: "strip", limit: Duration::from_mins(1), remedy };
    workshop.run(&step, |command| {
        command.arg(NAME);
    })?;
    let stripped = fs::read(&path).map_err(failed)?;
    fs::remove_file(&path).map_err(failed)?;
    let program = Entry { path: NAME.to_owned(), mode: 0o755, kind: Kind::File(stripped) };
    let run = json!({"Entrypoint": ["/printer"], "User": "65532:65532"});
    let image = Image { name: IMAGE, entries: vec![program], run };
    image.write(&workshop.folder.join("printer.tar")).map_err(failed)
}

/// Removes archives of programs that were built long ago.
fn sweep(home: &Path) {
    let Some(cache) = home.parent() else { return };
    let is_old = |path: &Path| {
        let made = fs::metadata(path).and_then(|found| found.modified());
        made.is_ok_and(|made| SystemTime::now().duration_since(made).is_ok_and(|age| age > KEPT))
    };
    for entry in fs::read_dir(cache).into_iter().flatten().filter_map(Result::ok) {
        let is_ours = entry.file_name().to_string_lossy().starts_with("printer-1-");
        if is_ours && entry.path() != home && is_old(&entry.path()) {
            let _is_tried_again_next_time = fs::remove_dir_all(entry.path());
        }
    }
}
