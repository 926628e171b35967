//! The interface's texts, by language: Project Fluent files in `locales/<language>/*.ftl`, inside the binary.
//!
//! Respondents' pages and the mails that go to them exist in every [`Lang`]; staff pages are written in English in their templates. A key that is
//! missing in one language fails a test, and a template that names an unknown key fails when it is rendered.

use std::collections::BTreeMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use serde::Serialize;
use thiserror::Error;

/// A text file inside the binary that does not parse, or a key that stands twice: a fault of this binary, found at start.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct BadTexts(
    /// Which file, and what is wrong with it.
    pub String,
);

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Files;

/// The languages of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English, and the fallback.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Es];

    /// As in HTML's `lang`, and the folder's name in `locales/`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// The language of a tag such as `es` or `es-MX`, if there is one.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag).trim();
        Self::ALL
            .into_iter()
            .find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// The first language of an `Accept-Language` header that exists here, by its weights, else English.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best: Option<(Self, f32)> = None;
        for part in header.split(',') {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight = weight.trim().parse().unwrap_or(0.0);
            if let Some(lang) = Self::of_tag(tag)
                && weight > best.map_or(0.0, |(_, known)| known)
            {
                best = Some((lang, weight));
            }
        }
        best.map_or(Self::default(), |(lang, _)| lang)
    }
}

/// Every text in every language.
pub struct Texts {
    bundles: BTreeMap<Lang, FluentBundle<FluentResource>>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts")
            .field("languages", &self.bundles.keys())
            .finish()
    }
}

impl Texts {
    /// Reads what is inside the binary.
    ///
    /// # Errors
    /// [`BadTexts`] names the file that does not parse or the key that stands twice.
    pub fn load() -> Result<Self, BadTexts> {
        let bundles = Lang::ALL
            .into_iter()
            .map(|lang| Ok((lang, bundle(lang)?)))
            .collect::<Result<_, BadTexts>>()?;
        Ok(Self { bundles })
    }

    /// The text of a key, without arguments; `None` when there is none.
    #[must_use]
    pub fn get(&self, lang: Lang, key: &str) -> Option<String> {
        self.with(lang, key, &[])
    }

    /// The text of a key with arguments filled in. `None` when the key or an argument is missing: a hole in a
    /// sentence is worse than a failure that a test finds.
    #[must_use]
    pub fn with(&self, lang: Lang, key: &str, args: &[(&str, FluentValue<'_>)]) -> Option<String> {
        let bundle = self.bundles.get(&lang)?;
        let pattern = bundle.get_message(key)?.value()?;
        let mut given = FluentArgs::new();
        for (name, value) in args {
            given.set(*name, value.clone());
        }
        let mut problems = Vec::new();
        let text = bundle
            .format_pattern(pattern, Some(&given), &mut problems)
            .into_owned();
        problems.is_empty().then_some(text)
    }

    /// The keys of a language.
    #[must_use]
    pub fn keys(lang: Lang) -> Vec<String> {
        let mut keys: Vec<String> = sources(lang)
            .flat_map(|(_, text)| {
                text.lines()
                    .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
                    .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim().to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect();
        keys.sort();
        keys
    }
}

fn sources(lang: Lang) -> impl Iterator<Item = (String, String)> {
    Files::iter()
        .filter(move |path| path.starts_with(&format!("{}/", lang.tag())))
        .filter_map(|path| {
            let file = Files::get(&path)?;
            Some((path.to_string(), String::from_utf8_lossy(&file.data).into_owned()))
        })
}

fn bundle(lang: Lang) -> Result<FluentBundle<FluentResource>, BadTexts> {
    let tag = lang
        .tag()
        .parse()
        .map_err(|error| BadTexts(format!("{error:?}")))?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The invisible marks around arguments are for mixed directions, which these languages do not have.
    bundle.set_use_isolating(false);
    for (path, text) in sources(lang) {
        let resource =
            FluentResource::try_new(text).map_err(|(_, errors)| BadTexts(format!("{path}: {errors:?}")))?;
        bundle
            .add_resource(resource)
            .map_err(|errors| BadTexts(format!("{path}: {errors:?}")))?;
    }
    Ok(bundle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_text() {
        let english = Texts::keys(Lang::En);
        assert!(!english.is_empty());
        for lang in Lang::ALL {
            assert_eq!(Texts::keys(lang), english, "{}", lang.tag());
        }
    }

    #[test]
    fn every_folder_of_texts_is_a_language() {
        for path in Files::iter().filter(|path| path.contains('/')) {
            let folder = path.split('/').next().unwrap();
            assert!(Lang::of_tag(folder).is_some(), "{path} is in no language of Lang");
        }
    }

    #[test]
    fn a_missing_key_or_argument_is_no_text() {
        let texts = Texts::load().unwrap();
        assert_eq!(texts.get(Lang::En, "no-such-key"), None);
    }

    #[test]
    fn browsers_get_the_language_they_prefer() {
        for (header, lang) in [
            ("", Lang::En),
            ("es", Lang::Es),
            ("es-MX,es;q=0.9,en;q=0.8", Lang::Es),
            ("en;q=0.5, es;q=0.7", Lang::Es),
            ("de-DE, en;q=0.5", Lang::En),
            ("es;q=0, en", Lang::En),
            ("rubbish;q=x", Lang::En),
        ] {
            assert_eq!(Lang::accepted(header), lang, "{header}");
        }
    }
}
