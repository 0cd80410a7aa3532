//! Which kind a document is of, if it is one of ours.

use serde_json::Value;

use super::{
    By, Problem,
    document::Document,
    hint,
    model::{Model, ModelError},
    position::Way,
};

/// The kinds of one group.
#[derive(Debug)]
pub struct Kinds {
    models: Vec<Model>,
}

/// What a document is.
#[derive(Debug)]
pub enum Found<'a> {
    /// One of ours.
    Ours(&'a Model),
    /// Of somebody else's kind, which is not judged here.
    Foreign {
        /// As it says.
        api_version: String,
        /// As it says.
        kind: String,
    },
    /// Meant to be one of ours, or not even an object.
    Wrong(Problem),
}

impl Kinds {
    /// From their definitions.
    pub fn of<'a>(definitions: impl IntoIterator<Item = &'a Value>) -> Result<Self, ModelError> {
        Ok(Self { models: definitions.into_iter().map(Model::of).collect::<Result<_, _>>()? })
    }

    /// From kinds that were made ready.
    pub fn new(models: Vec<Model>) -> Self {
        Self { models }
    }

    /// All of them.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// By kind, plural or short name, in any case.
    pub fn named(&self, name: &str) -> Option<&Model> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        self.models.iter().find(|model| is(&model.kind) || model.names.iter().any(|known| is(known)))
    }

    /// What the document is.
    pub fn find(&self, document: &Document) -> Found<'_> {
        let value = document.value();
        let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (api_version, kind) = match (text("apiVersion"), text("kind")) {
            (Some(api_version), Some(kind)) => (api_version, kind),
            (api_version, _) => {
                let missing = if api_version.is_none() { "apiVersion" } else { "kind" };
                let text = format!("expected a resource with apiVersion and kind, found no {missing}");
                return Found::Wrong(problem(document, "", text, None));
            }
        };
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let known = self.models.iter().find(|model| model.kind == kind);
        let says = || format!("no matches for kind \"{kind}\" in version \"{api_version}\"");
        match known {
            Some(model) if model.api_version() == api_version => Found::Ours(model),
            Some(model) => {
                let remedy = format!("write `apiVersion: {}`", model.api_version());
                Found::Wrong(problem(document, "apiVersion", says(), Some(remedy)))
            }
            None if self.models.iter().any(|model| model.group == group) => {
                let near = hint::nearest(kind, self.models.iter().map(|model| model.kind.as_str()));
                let remedy = near.map_or_else(
                    || format!("the kinds are {}", self.list()),
                    |near| format!("did you mean `{near}`?"),
                );
                Found::Wrong(problem(document, "kind", says(), Some(remedy)))
            }
            None => Found::Foreign { api_version: api_version.to_owned(), kind: kind.to_owned() },
        }
    }

    /// Their names, for a sentence.
    pub fn list(&self) -> String {
        let names: Vec<&str> = self.models.iter().map(|model| model.kind.as_str()).collect();
        match names.as_slice() {
            [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
            names => names.join(", "),
        }
    }
}

fn problem(document: &Document, field: &str, text: String, remedy: Option<String>) -> Problem {
    let way = Way::of(field);
    Problem { by: By::Reader, at: document.find(&way), field: field.to_owned(), text, remedy }
}
