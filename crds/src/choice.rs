//! Fields that are one of a few words.

/// An enum whose variants are its words, with what each means in the schema's description.
///
/// Derived schemas lose the meanings of single words, or sort them; here they stay in the order of the source, as a
/// title, which is the only text that a field's own description leaves alone. [`schema`](crate::schema) joins the two.
macro_rules! choice {
    (
        $(#[doc = $about:literal])*
        $name:ident $(default $default:ident)? { $( $(#[doc = $meaning:literal])+ $variant:ident ),+ $(,)? }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $( $(#[doc = $meaning])+ $variant, )+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }
        }

        $(
            impl Default for $name {
                fn default() -> Self {
                    Self::$default
                }
            }
        )?

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let meanings = [$((stringify!($variant), concat!($($meaning),+))),+];
                let said = meanings.map(|(word, meaning)| format!("{word}: {}", meaning.trim()));
                schemars::json_schema!({
                    "type": "string",
                    "enum": Self::ALL,
                    "title": said.join("; "),
                })
            }
        }
    };
}

pub(crate) use choice;
