//! A resource definition made ready for judging: bounds as numbers, patterns and rules compiled.
//!
//! Contract: a [`Model`] understands all of its definition. What this judge does not know is refused here, so
//! that it never calls an object good because it overlooked a bound. Deliberately absent: what the API server
//! checks when a definition is installed (structure, rule costs, types within rules); a cluster is asked for that.

use std::collections::BTreeMap;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool, ValidationRule,
};
use kube_cel::cel::parser::{Expression, Parser};
use regex::Regex;
use serde_json::Value;

use super::{format::Format, position::Way, remedy::Remedy};
use crate::meaning::Places;

/// A definition that cannot be used here.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages are the documentation")]
pub enum ModelError {
    #[error("expected a CustomResourceDefinition")]
    Definition(#[source] serde_json::Error),
    #[error("{0} has no stored version with a schema")]
    NoSchema(String),
    #[error("{field}: {what} is not known here")]
    Unknown { field: String, what: &'static str },
    #[error("{field}: the pattern `{pattern}` cannot be compiled")]
    Pattern { field: String, pattern: String, source: regex::Error },
    #[error("{field}: the rule `{rule}` cannot be compiled: {problem}")]
    Rule { field: String, rule: String, problem: String },
}

/// A kind of resource.
#[derive(Debug)]
pub struct Model {
    /// The group, as in `sawlog.dev`.
    pub group: String,
    /// The version that is stored.
    pub version: String,
    /// The kind's name.
    pub kind: String,
    /// All other names of the kind: plural, singular, short ones.
    pub names: Vec<String>,
    pub(super) namespaced: bool,
    pub(super) has_status: bool,
    /// Where the scale subresource finds the number of replicas.
    pub(super) scale: Option<String>,
    pub(super) remedies: &'static [Remedy],
    pub(super) places: Option<&'static Places>,
    /// The schema of a whole object.
    pub schema: Schema,
}

impl Model {
    /// From a `CustomResourceDefinition`.
    pub fn of(definition: &Value) -> Result<Self, ModelError> {
        let definition: CustomResourceDefinition =
            serde_json::from_value(definition.clone()).map_err(ModelError::Definition)?;
        let (spec, names) = (definition.spec, definition.metadata.name.unwrap_or_default());
        let none = || ModelError::NoSchema(names.clone());
        let version = spec.versions.into_iter().find(|version| version.storage).ok_or_else(none)?;
        let schema = version.schema.and_then(|schema| schema.open_api_v3_schema).ok_or_else(none)?;
        let subresources = version.subresources.unwrap_or_default();
        let mut other = vec![spec.names.plural];
        other.extend(spec.names.singular);
        other.extend(spec.names.short_names.unwrap_or_default());
        Ok(Self {
            group: spec.group,
            version: version.name,
            kind: spec.names.kind,
            names: other,
            namespaced: spec.scope == "Namespaced",
            has_status: subresources.status.is_some(),
            scale: subresources.scale.map(|scale| scale.spec_replicas_path),
            remedies: &[],
            places: None,
            schema: Schema::of(schema, &Way::default())?,
        })
    }

    /// With ways to mend what is refused, beyond those that are seen from the value.
    #[must_use]
    pub fn with_remedies(self, remedies: &'static [Remedy]) -> Self {
        Self { remedies, ..self }
    }

    /// With the places of queries and patterns, of which the operator will refuse what cannot be read.
    #[must_use]
    pub(crate) fn with_places(self, places: &'static Places) -> Self {
        Self { places: Some(places), ..self }
    }

    /// As documents name it.
    pub fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }
}

/// How the items of a list belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ListType {
    Atomic,
    Set,
    Map(Vec<String>),
}

/// One node of a schema.
#[derive(Debug)]
pub struct Schema {
    /// The type; empty for a number or text, and for nodes that only narrow another.
    pub kind: String,
    /// A number or a text.
    pub int_or_string: bool,
    /// Whether null is a value.
    pub nullable: bool,
    /// What users read of it.
    pub description: String,
    /// As written, those without effect included.
    pub format: Option<String>,
    /// The allowed values.
    pub options: Vec<Value>,
    /// What stands there when nothing is given.
    pub default: Option<Value>,
    /// Names of fields that must be given.
    pub required: Vec<String>,
    /// The fields.
    pub properties: BTreeMap<String, Schema>,
    /// The items of a list.
    pub items: Option<Box<Schema>>,
    /// What stands under keys that users choose.
    pub additional: Option<Box<Schema>>,
    /// The numeric bounds.
    pub bounds: Bounds,
    pub(super) checked: Option<Format>,
    pub(super) pattern: Option<(String, Regex)>,
    pub(super) list_type: ListType,
    pub(super) all_of: Vec<Schema>,
    pub(super) any_of: Vec<Schema>,
    pub(super) one_of: Vec<Schema>,
    pub(super) not: Option<Box<Schema>>,
    pub(super) rules: Vec<Rule>,
}

/// Limits of a value, its length or its number of parts.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs, reason = "the names are those of the schema")]
pub struct Bounds {
    pub minimum: Option<f64>,
    pub exclusive_minimum: bool,
    pub maximum: Option<f64>,
    pub exclusive_maximum: bool,
    pub multiple_of: Option<f64>,
    pub min_length: Option<i64>,
    pub max_length: Option<i64>,
    pub min_items: Option<i64>,
    pub max_items: Option<i64>,
    pub min_properties: Option<i64>,
    pub max_properties: Option<i64>,
}

/// A rule in CEL.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) text: String,
    pub(super) program: Expression,
    pub(super) message: Option<String>,
    pub(super) message_program: Option<Expression>,
    pub(super) reason: Option<String>,
    pub(super) field: Option<Way>,
    /// Whether it asks for the earlier state.
    pub(super) of_change: bool,
    pub(super) optional_old: bool,
}

impl Schema {
    /// The pattern of texts, as written.
    pub fn pattern(&self) -> Option<&str> {
        self.pattern.as_ref().map(|(text, _)| text.as_str())
    }

    /// Whether a list holds each item once.
    pub fn is_set(&self) -> bool {
        self.list_type == ListType::Set
    }

    /// The fields by which the items of a keyed list are told apart.
    pub fn keys(&self) -> &[String] {
        match &self.list_type {
            ListType::Map(keys) => keys,
            _ => &[],
        }
    }

    /// What its rules say when they are broken.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(Rule::name)
    }

    fn of(given: JSONSchemaProps, way: &Way) -> Result<Self, ModelError> {
        refuse_unknown(&given, way)?;
        let unknown = |what| ModelError::Unknown { field: way.bracketed(), what };
        let bounds = bounds(&given);
        let each = |list: Option<Vec<JSONSchemaProps>>| -> Result<Vec<Self>, ModelError> {
            list.unwrap_or_default().into_iter().map(|schema| Self::of(schema, way)).collect()
        };
        let mut properties = BTreeMap::new();
        for (name, schema) in given.properties.unwrap_or_default() {
            let schema = Self::of(schema, &way.field(&name))?;
            properties.insert(name, schema);
        }
        let items = match given.items {
            None => None,
            Some(JSONSchemaPropsOrArray::Schema(schema)) => {
                Some(Box::new(Self::of(*schema, &way.field("items"))?))
            }
            Some(JSONSchemaPropsOrArray::Schemas(_)) => return Err(unknown("a list of item schemas")),
        };
        let additional = match given.additional_properties {
            None | Some(JSONSchemaPropsOrBool::Bool(false)) => None,
            Some(JSONSchemaPropsOrBool::Schema(schema)) => Some(Box::new(Self::of(*schema, &way.key("*"))?)),
            Some(JSONSchemaPropsOrBool::Bool(true)) => return Err(unknown("additionalProperties: true")),
        };
        let rules = given.x_kubernetes_validations.unwrap_or_default();
        let pattern = given.pattern.filter(|pattern| !pattern.is_empty());
        Ok(Self {
            int_or_string: given.x_kubernetes_int_or_string == Some(true),
            nullable: given.nullable == Some(true),
            description: given.description.unwrap_or_default(),
            checked: Format::of(given.format.as_deref()).map_err(unknown)?,
            format: given.format,
            options: given.enum_.unwrap_or_default().into_iter().map(|option| option.0).collect(),
            default: given.default.map(|default| default.0),
            required: given.required.unwrap_or_default(),
            properties,
            items,
            additional,
            bounds,
            pattern: pattern.map(|pattern| compile(pattern, way)).transpose()?,
            list_type: match given.x_kubernetes_list_type.as_deref() {
                Some("set") => ListType::Set,
                Some("map") => ListType::Map(given.x_kubernetes_list_map_keys.unwrap_or_default()),
                _ => ListType::Atomic,
            },
            all_of: each(given.all_of)?,
            any_of: each(given.any_of)?,
            one_of: each(given.one_of)?,
            not: given.not.map(|schema| Self::of(*schema, way)).transpose()?.map(Box::new),
            rules: rules.into_iter().map(|rule| Rule::of(rule, way)).collect::<Result<_, _>>()?,
            kind: given.type_.unwrap_or_default(),
        })
    }
}

fn refuse_unknown(given: &JSONSchemaProps, way: &Way) -> Result<(), ModelError> {
    let known = [
        (given.x_kubernetes_preserve_unknown_fields == Some(true), "preserving unknown fields"),
        (given.x_kubernetes_embedded_resource == Some(true), "an embedded resource"),
        (given.ref_path.is_some(), "$ref"),
        (given.additional_items.is_some(), "additionalItems"),
        (given.definitions.is_some(), "definitions"),
        (given.dependencies.is_some(), "dependencies"),
        (given.pattern_properties.is_some(), "patternProperties"),
        (given.unique_items == Some(true), "uniqueItems"),
    ];
    match known.into_iter().find(|(there, _)| *there) {
        Some((_, what)) => Err(ModelError::Unknown { field: way.bracketed(), what }),
        None => Ok(()),
    }
}

fn bounds(given: &JSONSchemaProps) -> Bounds {
    Bounds {
        minimum: given.minimum,
        exclusive_minimum: given.exclusive_minimum == Some(true),
        maximum: given.maximum,
        exclusive_maximum: given.exclusive_maximum == Some(true),
        multiple_of: given.multiple_of,
        min_length: given.min_length,
        max_length: given.max_length,
        min_items: given.min_items,
        max_items: given.max_items,
        min_properties: given.min_properties,
        max_properties: given.max_properties,
    }
}

fn compile(pattern: String, way: &Way) -> Result<(String, Regex), ModelError> {
    match Regex::new(&ascii_classes(&pattern)) {
        Ok(compiled) => Ok((pattern, compiled)),
        Err(source) => Err(ModelError::Pattern { field: way.bracketed(), pattern, source }),
    }
}

/// In Go `\d`, `\w`, `\s` and `\b` know only ASCII.
pub(super) fn ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let (mut letters, mut in_class) = (pattern.chars(), false);
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match (letters.next(), in_class) {
                (Some('d'), _) => out.push_str("[0-9]"),
                (Some('D'), _) => out.push_str("[^0-9]"),
                (Some('w'), _) => out.push_str("[0-9A-Za-z_]"),
                (Some('W'), _) => out.push_str("[^0-9A-Za-z_]"),
                (Some('s'), _) => out.push_str("[\\t\\n\\f\\r ]"),
                (Some('S'), _) => out.push_str("[^\\t\\n\\f\\r ]"),
                (Some('b'), false) => out.push_str("(?-u:\\b)"),
                (Some('B'), false) => out.push_str("(?-u:\\B)"),
                (escaped, _) => {
                    out.push('\\');
                    out.extend(escaped);
                }
            },
            '[' if in_class => out.push_str("\\["),
            letter => {
                in_class = letter == '[' || (in_class && letter != ']');
                out.push(letter);
            }
        }
    }
    out
}

impl Rule {
    fn of(given: ValidationRule, way: &Way) -> Result<Self, ModelError> {
        let program = |text: &str| {
            Parser::default().enable_optional_syntax(true).parse(text).map_err(|problem| ModelError::Rule {
                field: way.bracketed(),
                rule: text.to_owned(),
                problem: problem.to_string(),
            })
        };
        let compiled = program(&given.rule)?;
        let message_program = given.message_expression.as_deref().map(program).transpose()?;
        Ok(Self {
            of_change: compiled.references().has_variable("oldSelf"),
            program: compiled,
            text: given.rule,
            message: given.message.filter(|message| !message.is_empty()),
            message_program,
            reason: given.reason,
            field: given.field_path.map(|path| Way::of(&path)),
            optional_old: given.optional_old_self == Some(true),
        })
    }

    /// What is said of it where it has no words of its own.
    pub(super) fn name(&self) -> &str {
        self.message.as_deref().unwrap_or(&self.text).trim()
    }
}
