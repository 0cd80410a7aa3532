//! Links and anchors in Markdown.
//!
//! Every relative link must lead to a file or folder of the tree, and every `#anchor` to a heading of the
//! page it names, by GitHub's rules. Links to other sites are not followed: the check must not need a
//! network.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Component, Path},
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::Finding;
use crate::tree::Tree;

/// Refuses links that lead nowhere.
pub fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let files = tree.files()?;
    let mut pages = HashMap::new();
    for path in tree.files_with("md")? {
        let page = Page::parse(&tree.read(&path)?);
        pages.insert(path, page);
    }
    let mut findings = Vec::new();
    let mut paths: Vec<&String> = pages.keys().collect();
    paths.sort();
    for path in paths {
        for (line, link) in &pages[path].links {
            if let Err(why) = follow(path, link, &files, &pages) {
                findings.push(Finding::Refused(format!("{path}:{line}: {link}: {why}")));
            }
        }
    }
    Ok(findings)
}

/// What links of one page lead to and what leads to it.
struct Page {
    links: Vec<(usize, String)>,
    anchors: BTreeSet<String>,
}

impl Page {
    fn parse(text: &str) -> Self {
        let mut page = Self { links: Vec::new(), anchors: BTreeSet::new() };
        let mut heading: Option<String> = None;
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_TASKLISTS;
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    let line = text[..range.start].matches('\n').count() + 1;
                    page.links.push((line, dest_url.into_string()));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => page.name(&heading.take().unwrap_or_default()),
                Event::Text(part) | Event::Code(part) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&part);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => page.anchors.extend(html_anchors(&html)),
                _ => {}
            }
        }
        page
    }

    /// A heading that is there already gets `-1`, then `-2`.
    fn name(&mut self, heading: &str) {
        let slug = slug(heading);
        let numbered = (1..).map(|number| format!("{slug}-{number}"));
        let free = std::iter::once(slug.clone()).chain(numbered).find(|name| !self.anchors.contains(name));
        self.anchors.extend(free);
    }
}

fn slug(heading: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

fn html_anchors(html: &str) -> impl Iterator<Item = String> {
    let after = ["id=\"", "name=\""].into_iter().flat_map(|attribute| html.split(attribute).skip(1));
    after.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name.to_owned())
}

fn follow(
    from: &str,
    link: &str,
    files: &BTreeSet<String>,
    pages: &HashMap<String, Page>,
) -> Result<(), String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return Ok(());
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = percent_decoded(path);
    let target = if path.is_empty() { from.to_owned() } else { resolve(from, &path)? };
    let folder = format!("{target}/");
    let is_folder = target.is_empty() || files.iter().any(|file| file.starts_with(&folder));
    if !is_folder && !files.contains(&target) {
        return Err(format!("no file {target} in this tree: correct the link or add the file"));
    }
    match pages.get(&target) {
        Some(page) if !anchor.is_empty() && !page.anchors.contains(&percent_decoded(anchor)) => {
            Err(format!("no heading #{anchor} in {target}: correct the anchor or the heading"))
        }
        _ => Ok(()),
    }
}

fn resolve(from: &str, link: &str) -> Result<String, String> {
    let start = Path::new(from).parent().unwrap_or(Path::new(""));
    let joined =
        link.strip_prefix('/').map_or_else(|| start.join(link), |rooted| Path::new(rooted).to_path_buf());
    let mut parts: Vec<String> = Vec::new();
    for component in joined.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir if parts.pop().is_none() => {
                return Err("leads out of this tree: link to a file in it".into());
            }
            _ => {}
        }
    }
    Ok(parts.join("/"))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let decoded = code.and_then(|code| u8::from_str_radix(str::from_utf8(code).ok()?, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_named_as_on_github() {
        for (heading, name) in [
            ("What it is", "what-it-is"),
            ("`make up`: five minutes", "make-up-five-minutes"),
            ("A, B & C", "a-b--c"),
            ("snake_case stays", "snake_case-stays"),
        ] {
            assert_eq!(slug(heading), name);
        }
        let page = Page::parse("# Twice\n\n# Twice\n\n<a id=\"here\"></a>\n");
        assert_eq!(page.anchors.iter().collect::<Vec<_>>(), ["here", "twice", "twice-1"]);
    }

    #[test]
    fn links_resolve_from_their_page() {
        assert_eq!(resolve("docs/a.md", "../README.md").unwrap(), "README.md");
        assert_eq!(resolve("docs/a.md", "/docs/b.md").unwrap(), "docs/b.md");
        assert!(resolve("docs/a.md", "../../other").is_err());
        assert_eq!(percent_decoded("a%20b%zz"), "a b%zz");
    }
}
