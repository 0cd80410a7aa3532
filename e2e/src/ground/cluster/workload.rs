//! Pods that print numbered lines, in the shapes in which containers print. Pure: a description in, YAML out.
//!
//! What they print is told whole by [`lines`](crate::lines).

use std::time::Duration;

use super::printer::IMAGE;

/// Pods of one name that all print the same way.
#[derive(Debug, Clone)]
pub struct Workload<'a> {
    /// Its name, and that of its container.
    pub name: &'a str,
    /// How its pods print.
    pub shape: Shape,
    /// How many lines each of its pods prints; 0 is without end.
    pub lines: u64,
    /// How many pods.
    pub pods: u32,
    /// Annotations of its pods, as YAML: `{sawlog.dev/pipeline: orders}`.
    pub annotations: &'a str,
}

/// How a pod prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Lines of so many bytes, so many each second; 0 is as fast as they are taken.
    Steady {
        /// How many.
        per_second: u32,
        /// How long.
        bytes: u32,
    },
    /// So many at once, then nothing for a while.
    Bursts {
        /// How many.
        size: u32,
        /// For how long.
        pause: Duration,
    },
    /// Lines too long for one line of the runtime: ten a second of so many bytes.
    Huge {
        /// How long.
        bytes: u32,
    },
    /// It prints all at once and is done.
    ShortLived,
    /// It prints all at once and fails, again and again.
    CrashLoop,
    /// Every line comes in several pieces.
    Pieces,
    /// The last line has no end.
    CutOff,
    /// Every line is followed by so many that belong to it, as a stack trace is.
    Stacks {
        /// How many.
        frames: u32,
    },
}

impl Shape {
    fn arguments(self) -> Vec<String> {
        let words = match self {
            Self::Steady { per_second, bytes } => format!("--per-second={per_second} --bytes={bytes} --hold"),
            Self::Bursts { size, pause } => format!("--burst={size} --pause={} --hold", pause.as_millis()),
            Self::Huge { bytes } => format!("--per-second=10 --bytes={bytes} --hold"),
            Self::ShortLived => String::new(),
            Self::CrashLoop => "--exit-code=1".to_owned(),
            Self::Pieces => "--per-second=20 --pieces --hold".to_owned(),
            Self::CutOff => "--no-newline-at-end".to_owned(),
            Self::Stacks { frames } => format!("--per-second=50 --stack={frames} --hold"),
        };
        words.split_whitespace().map(str::to_owned).collect()
    }

    /// Whether its pods end by themselves, and well.
    fn ends(self) -> bool {
        matches!(self, Self::ShortLived | Self::CutOff)
    }
}

impl Workload<'_> {
    /// A Job where its pods end by themselves, else a Deployment.
    pub fn yaml(&self) -> String {
        let Self { name, shape, lines, pods, annotations } = self;
        let arguments = shape.arguments().into_iter().chain([format!("--lines={lines}")]);
        let arguments = arguments.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
        let (kind, more, restart) = if shape.ends() {
            (
                "apiVersion: batch/v1\nkind: Job",
                format!("parallelism: {pods}\n  completions: {pods}\n  backoffLimit: 0"),
                "Never",
            )
        } else {
            let selector = format!("replicas: {pods}\n  selector: {{matchLabels: {{app: {name}}}}}");
            ("apiVersion: apps/v1\nkind: Deployment", selector, "Always")
        };
        format!(
            "{kind}\nmetadata: {{name: {name}}}\nspec:\n  {more}\n  template:\n    \
             metadata: {{labels: {{app: {name}}}, annotations: {annotations}}}\n    \
             spec:\n      restartPolicy: {restart}\n      terminationGracePeriodSeconds: 2\n      \
             securityContext: {{runAsNonRoot: true, runAsUser: 65532, seccompProfile: {{type: RuntimeDefault}}}}\n      \
             containers:\n      - name: {name}\n        image: {IMAGE}\n        imagePullPolicy: Never\n        \
             args: [{arguments}]\n        \
             securityContext: {{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {{drop: [ALL]}}}}\n"
        )
    }
}
