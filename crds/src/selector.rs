//! Label selectors, as Kubernetes has them, with bounds.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice::choice,
    rule,
    value::{LabelKey, LabelValue},
};

/// What labels have to be like; all of it has to hold, and an empty selector selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels with exactly these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxProperties" = 16))]
    pub match_labels: Option<BTreeMap<String, LabelValue>>,
    /// Further conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub match_expressions: Option<Vec<LabelRequirement>>,
}

choice! {
    /// How a label is compared.
    LabelOperator {
        /// its value is one of `values`
        In,
        /// it is absent or its value is none of `values`
        NotIn,
        /// it is there
        Exists,
        /// it is absent
        DoesNotExist,
    }
}

/// A condition for one label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    rule::check(
    "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
    "values are for In and NotIn, which need at least one",
    ".values",
),
]))]
pub struct LabelRequirement {
    /// Key of the label.
    pub key: LabelKey,
    /// How it is compared.
    pub operator: LabelOperator,
    /// What it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub values: Option<Vec<LabelValue>>,
}

impl LabelSelector {
    /// Whether it selects something with these labels.
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        let exact = self.match_labels.iter().flatten();
        let mut further = self.match_expressions.iter().flatten();
        exact.into_iter().all(|(key, value)| labels.get(key).map(String::as_str) == Some(value.as_str()))
            && further.all(|requirement| requirement.holds(labels))
    }
}

impl LabelRequirement {
    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(self.key.as_str());
        let is_among =
            |value: &String| self.values.iter().flatten().any(|wanted| wanted.as_str() == value.as_str());
        match self.operator {
            LabelOperator::In => value.is_some_and(is_among),
            LabelOperator::NotIn => !value.is_some_and(is_among),
            LabelOperator::Exists => value.is_some(),
            LabelOperator::DoesNotExist => value.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_selects_as_kubernetes_does() {
        let rows = [
            ("{}", true),
            ("{matchLabels: {app: shop}}", true),
            ("{matchLabels: {app: till}}", false),
            ("{matchExpressions: [{key: app, operator: In, values: [till, shop]}]}", true),
            ("{matchExpressions: [{key: app, operator: NotIn, values: [shop]}]}", false),
            ("{matchExpressions: [{key: gone, operator: NotIn, values: [shop]}]}", true),
            ("{matchExpressions: [{key: app, operator: Exists}]}", true),
            ("{matchExpressions: [{key: gone, operator: Exists}]}", false),
            ("{matchExpressions: [{key: gone, operator: DoesNotExist}]}", true),
            ("{matchLabels: {app: shop}, matchExpressions: [{key: app, operator: DoesNotExist}]}", false),
        ];
        let labels = BTreeMap::from([("app".to_owned(), "shop".to_owned())]);
        for (text, expected) in rows {
            let selector: LabelSelector = serde_saphyr::from_str(text).unwrap();
            assert_eq!(selector.selects(&labels), expected, "{text}");
        }
    }
}
