//! The typed form of a survey definition: what a file in `surveys/` says.
//!
//! These types *are* the format: `surveys/survey.schema.json` is generated from them and a test
//! fails when it drifts. Unknown fields are refused everywhere, so that a misspelt `requird` is
//! a problem with a pointer and not a silent default. What types cannot say (every item of an
//! index exists, every text has every language) is said by [`check`](super::check).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::slug_type;

slug_type!(
    /// A named instrument over its life, e.g. `agency-partnership`.
    SurveyId
);
slug_type!(
    /// One question within a survey. Stable over versions where the question is.
    ItemId
);
slug_type!(
    /// An index, e.g. `trust`.
    IndexId
);
slug_type!(
    /// A part of an index that is scored on its own first, e.g. `benevolence`.
    DimensionId
);
slug_type!(
    /// A group of items that is reported together but is no index.
    ThemeId
);
slug_type!(
    /// What an item measures, kept across versions and surveys, e.g. `competence.delivers`.
    ConstructId
);
slug_type!(
    /// A named scale of ordered answer points.
    ScaleId
);
slug_type!(
    /// A page of the form.
    PageId
);
slug_type!(
    /// One option of a choice item.
    OptionId
);
slug_type!(
    /// A coarse attribute of a respondent, e.g. `role`.
    SegmentId
);
slug_type!(
    /// A language tag as in HTML's `lang`, e.g. `en`.
    Language
);

/// A version number of a survey: 1, 2, 3 ...
pub type VersionNumber = u32;

/// A survey definition: the content of one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Where an editor finds the JSON Schema. Not part of the content, hence not of the digest.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The survey this is a version of.
    pub id: SurveyId,
    /// 1, 2, 3 ... A published number never changes its content.
    pub version: VersionNumber,
    /// What respondents see as the name of the survey.
    pub title: Text,
    /// One or two sentences on what it is for, shown before the first question.
    pub purpose: Text,
    /// The languages in which every text is complete. The first is the fallback.
    pub languages: Vec<Language>,
    /// The scales that rating items name.
    pub scales: BTreeMap<ScaleId, Scale>,
    /// The form, page by page.
    pub pages: Vec<Page>,
    /// How indices are scored from items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indices: Vec<Index>,
    /// Item groups reported side by side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub themes: Vec<Theme>,
}

/// A text in each language of the survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Text(pub BTreeMap<Language, String>);

/// Ordered answer points, lowest first: point `i` (from 1) has the label `points[i - 1]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// 2 to 11 labels, from the lowest answer to the highest.
    pub points: Vec<Text>,
    /// The label of "don't know / does not apply", for items that offer it. Scored as missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_out: Option<Text>,
}

/// One page of the form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Unique within the survey.
    pub id: PageId,
    /// The page's heading.
    pub title: Text,
    /// A sentence or two before the first item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intro: Option<Text>,
    /// The questions, in order.
    pub items: Vec<Item>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Unique within the survey.
    pub id: ItemId,
    /// The question or statement.
    pub text: Text,
    /// A hint below the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Text>,
    /// Whether a visible item must be answered. Refusing to answer is a right: use sparingly.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// A JsonLogic rule over the answers of earlier items; the item is shown when it is truthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_if: Option<serde_json::Value>,
    /// What the item measures. Needed by every item of an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub construct: Option<ConstructId>,
    /// A mark of the wording: items of two versions with one construct and one mark are comparable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// How the item relates to the item of the same construct in the version before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Link>,
    /// Set when the answer is an attribute of the respondent by which results may be cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<SegmentId>,
    /// How it is answered.
    pub answer: AnswerKind,
}

/// An author's word on how an item relates to the version before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// Class A: same meaning, compared.
    Same,
    /// Class B: the change of wording may matter; compared, and flagged.
    Flagged,
    /// Class C: a new item, not compared.
    New,
}

/// How an item is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AnswerKind {
    /// One point of a scale.
    Rating {
        /// The scale, by name.
        scale: ScaleId,
        /// A high answer means a low score.
        #[serde(default, skip_serializing_if = "is_false")]
        reverse: bool,
        /// Offer the scale's "don't know / does not apply".
        #[serde(default, skip_serializing_if = "is_false")]
        opt_out: bool,
    },
    /// One of some options.
    SingleChoice {
        /// 2 to 250 options.
        options: Vec<Choice>,
    },
    /// Any of some options, at least one when answered.
    MultipleChoice {
        /// 2 to 64 options.
        options: Vec<Choice>,
        /// At most so many may be chosen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<u32>,
    },
    /// A number within limits.
    Number {
        /// The lowest accepted value.
        min: f64,
        /// The highest accepted value.
        max: f64,
        /// Digits after the decimal point, 0 to 6. 0 accepts whole numbers only.
        #[serde(default, skip_serializing_if = "is_zero")]
        decimals: u32,
        /// What is counted, e.g. "days".
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<Text>,
    },
    /// A line of text.
    ShortText {
        /// In characters, 1 to 500.
        max_length: u32,
    },
    /// A paragraph or more.
    LongText {
        /// In characters, 1 to 10 000.
        max_length: u32,
    },
    /// How important something is, and how satisfied one is with it.
    ImportanceSatisfaction {
        /// The scale of importance.
        importance: ScaleId,
        /// The scale of satisfaction.
        satisfaction: ScaleId,
        /// Offer both scales' "don't know / does not apply".
        #[serde(default, skip_serializing_if = "is_false")]
        opt_out: bool,
    },
}

/// An option of a choice item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What is stored, stable over versions.
    pub id: OptionId,
    /// What is shown.
    pub label: Text,
}

/// The definition of an index: METHOD section 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Unique within the survey; the same id in two surveys is the same index only by `short_form_of`.
    pub id: IndexId,
    /// What leadership reads.
    pub title: Text,
    /// The parts, each scored as the mean of its answered items.
    pub dimensions: Vec<Dimension>,
    /// A person's index is valid only with at least so many answered items. Default: ceil(2/3 k).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u32>,
    /// ... and at least so many scored dimensions. Default: all but one, at least one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_dimensions: Option<u32>,
    /// Set when this is a short form of another survey's index: their trends join on these items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_form_of: Option<IndexRef>,
}

/// A part of an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Unique within the index.
    pub id: DimensionId,
    /// What leadership reads.
    pub title: Text,
    /// Rating items of this survey.
    pub items: Vec<ItemId>,
}

/// An index of another survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexRef {
    /// That survey.
    pub survey: SurveyId,
    /// Its index.
    pub index: IndexId,
}

/// Items that are reported together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Unique within the survey.
    pub id: ThemeId,
    /// The heading.
    pub title: Text,
    /// Items of this survey.
    pub items: Vec<ItemId>,
}

impl Text {
    /// The text in `language`, else in any language there is (a checked definition has all of its own).
    #[must_use]
    pub fn get(&self, language: &Language) -> &str {
        self.0
            .get(language)
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }
}

impl Definition {
    /// Every item in the order in which it is asked.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.pages.iter().flat_map(|page| &page.items)
    }

    /// The item of that id.
    #[must_use]
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items().find(|item| &item.id == id)
    }

    /// The index of that id.
    #[must_use]
    pub fn index(&self, id: &IndexId) -> Option<&Index> {
        self.indices.iter().find(|index| &index.id == id)
    }

    /// The scale of a rating item.
    #[must_use]
    pub fn scale(&self, id: &ScaleId) -> Option<&Scale> {
        self.scales.get(id)
    }
}

impl Index {
    /// Every item of the index, dimension by dimension.
    pub fn items(&self) -> impl Iterator<Item = &ItemId> {
        self.dimensions.iter().flat_map(|dimension| &dimension.items)
    }

    /// The least number of answered items in force: `min_items`, else two thirds of the items, rounded up.
    #[must_use]
    pub fn least_items(&self) -> u32 {
        let items = u32::try_from(self.items().count()).unwrap_or(u32::MAX);
        self.min_items
            .unwrap_or_else(|| items.saturating_mul(2).div_ceil(3))
    }

    /// The least number of scored dimensions in force: `min_dimensions`, else all but one, at least one.
    #[must_use]
    pub fn least_dimensions(&self) -> u32 {
        let dimensions = u32::try_from(self.dimensions.len()).unwrap_or(u32::MAX);
        self.min_dimensions
            .unwrap_or_else(|| dimensions.saturating_sub(1).max(1))
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}
