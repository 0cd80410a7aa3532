//! Sixteen kinds of software and what they say: one flat table of message templates each.
//!
//! A template is text with `{placeholders}` (see [`crate::words::Value`]). Words that the benchmark's
//! questions ask for are *planted*: they stand only in templates that say so, and the plan decides how many
//! records are made of those. A test holds the tables to that.

mod bastion;
mod broker;
mod checkout;
mod gateway;
mod image;
mod inventory;
mod kubelet;
mod ledger;
mod notify;
mod orders_db;
mod payments;
mod recommend;
mod reports;
mod search;
mod session;
mod shipping;

/// How bad it is, from least to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For whoever wrote it.
    Debug,
    /// For the record.
    Info,
    /// May become trouble.
    Warn,
    /// Is trouble.
    Error,
}

impl Level {
    /// All, from least to worst.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// In capitals.
    pub fn name(self) -> &'static str {
        ["DEBUG", "INFO", "WARN", "ERROR"][self as usize]
    }
}

/// What a benchmark's question finds; see `docs/corpus.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Plant {
    /// The word `timeout`.
    Timeout,
    /// The phrase `cache miss`.
    Phrase,
    /// A word that begins with `conn`.
    Connect,
    /// A failed password from an address whose third number is 100 to 199.
    FailedPassword,
    /// A seal such as `417-b29`.
    RegexScan,
    /// An error of payments with the word `declined`.
    Declined,
}

/// In whose manner a stack trace is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// `\tat com.shop…`
    Java,
    /// `Traceback (most recent call last):`
    Python,
    /// `goroutine 17 [running]:`
    Go,
    /// `   at Shop.…`
    DotNet,
    /// `    at place (/app/…)`
    Node,
    /// `from /app/…:in 'call'`
    Ruby,
}

/// One thing that a system says.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// How bad.
    pub level: Level,
    /// How often, compared with its neighbours of the same level.
    pub weight: u16,
    /// The text with its placeholders.
    pub text: &'static str,
    /// Which question it is planted for.
    pub plant: Option<Plant>,
    /// Whether a stack trace follows.
    pub trace: Option<Lang>,
}

impl Template {
    const fn new(level: Level, weight: u16, text: &'static str) -> Self {
        Self { level, weight, text, plant: None, trace: None }
    }

    const fn plant(mut self, plant: Plant) -> Self {
        self.plant = Some(plant);
        self
    }

    const fn trace(mut self, lang: Lang) -> Self {
        self.trace = Some(lang);
        self
    }
}

/// How a system writes its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One JSON object, levels as words.
    Json,
    /// One JSON object, levels as pino's numbers.
    Pino,
    /// `key=value` pairs.
    Logfmt,
    /// As Kubernetes' own programs do.
    Klog,
    /// RFC 5424.
    Syslog,
    /// An access line, and nginx's own words for trouble.
    Access,
    /// As Spring's Logback prints.
    Logback,
    /// As Python's `logging` prints.
    Python,
    /// As PostgreSQL prints.
    Postgres,
    /// As Kafka's log4j prints.
    Log4j,
    /// As Serilog prints.
    Serilog,
    /// As Ruby's Logger prints.
    RubyLogger,
    /// As Redis and its like print.
    Redis,
}

macro_rules! systems {
    ($($system:ident, $module:ident, $service:literal, $namespace:literal, $weight:literal, $format:ident, $spans:literal;)*) => {
        /// The sixteen kinds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "each is described at the head of its own module")]
        pub enum System { $($system),* }

        impl System {
            /// All of them.
            pub const ALL: [Self; 16] = [$(Self::$system),*];

            /// The name of its service.
            pub fn service(self) -> &'static str {
                match self { $(Self::$system => $service),* }
            }

            /// Where it runs.
            pub fn namespace(self) -> &'static str {
                match self { $(Self::$system => $namespace),* }
            }

            /// How much it prints, compared with the others.
            pub fn weight(self) -> u16 {
                match self { $(Self::$system => $weight),* }
            }

            /// How it writes its lines.
            pub fn format(self) -> Format {
                match self { $(Self::$system => Format::$format),* }
            }

            /// Whether it takes part in traces and measures durations.
            pub fn spans(self) -> bool {
                match self { $(Self::$system => $spans),* }
            }

            /// What it says.
            pub fn templates(self) -> &'static [Template] {
                match self { $(Self::$system => $module::TEMPLATES),* }
            }
        }
    };
}

systems! {
    // kind     module     service      namespace  weight  format      traces and durations
    Gateway,   gateway,   "gateway",   "edge",     180,    Access,     true;
    Checkout,  checkout,  "checkout",  "shop",     110,    Logback,    true;
    Payments,  payments,  "payments",  "shop",     90,     Json,       true;
    Inventory, inventory, "inventory", "shop",     80,     Logback,    true;
    Recommend, recommend, "recommend", "shop",     60,     Python,     true;
    Notify,    notify,    "notify",    "shop",     50,     Pino,       true;
    Ledger,    ledger,    "ledger",    "finance",  60,     Logfmt,     true;
    Session,   session,   "session",   "data",     50,     Redis,      false;
    OrdersDb,  orders_db, "orders-db", "data",     60,     Postgres,   false;
    Broker,    broker,    "broker",    "data",     40,     Log4j,      false;
    Kubelet,   kubelet,   "kubelet",   "ops",      60,     Klog,       false;
    Bastion,   bastion,   "bastion",   "ops",      30,     Syslog,     false;
    Search,    search,    "search",    "shop",     60,     Log4j,      true;
    Shipping,  shipping,  "shipping",  "shop",     50,     Serilog,    true;
    Reports,   reports,   "reports",   "finance",  20,     Python,     false;
    Image,     image,     "image",     "shop",     30,     RubyLogger, false;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (System, &'static Template)> + Clone {
        System::ALL
            .into_iter()
            .flat_map(|system| system.templates().iter().map(move |template| (system, template)))
    }

    #[test]
    fn every_system_speaks_unplanted_at_every_level() {
        for system in System::ALL {
            for level in Level::ALL {
                let plain = system.templates().iter().filter(|template| template.level == level);
                assert!(
                    plain.filter(|template| template.plant.is_none()).count() >= 2,
                    "{system:?} {level:?}"
                );
            }
        }
    }

    #[test]
    fn planted_words_stand_only_where_they_are_planted() {
        let only = |letters: &str, plant: Plant| {
            for (system, template) in all() {
                let has = template.text.to_lowercase().contains(letters);
                assert_eq!(has, template.plant == Some(plant), "{letters} in {system:?}: {}", template.text);
            }
        };
        only("timeout", Plant::Timeout);
        only("cache miss", Plant::Phrase);
        only("conn", Plant::Connect);
        only("{badip}", Plant::FailedPassword);
        only("{seal}", Plant::RegexScan);
        only("declined", Plant::Declined);
        assert!(all().all(|(_, template)| !template.text.contains("zyzzyva")));
    }

    #[test]
    fn declined_is_an_error_of_payments() {
        let declined = all().filter(|(_, template)| template.plant == Some(Plant::Declined));
        assert!(declined.clone().count() >= 2);
        for (system, template) in declined {
            assert_eq!((system, template.level), (System::Payments, Level::Error), "{}", template.text);
        }
    }
}
