//! What a change does: question by question with the words side by side, and for each index what happens to its
//! trend, in words that say it to somebody who designs surveys and not statistics.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::words;
use crate::survey::compare::{Class, Comparability, Diff, IndexDiff, ItemDiff};
use crate::survey::definition::{Definition, ItemId, SurveyId, VersionNumber};
use crate::survey::publish;
use crate::web::App;
use crate::web::access::{Allowed, ReadSurveys};
use crate::web::api::surveys::{Between, Compared, compare};
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};

#[derive(Deserialize)]
pub(super) struct Wanted {
    from: Option<VersionNumber>,
    to: Option<String>,
}

#[derive(Serialize)]
struct View {
    survey: String,
    from: VersionNumber,
    to: String,
    /// `version 2`, `the draft`.
    to_words: String,
    choices: Vec<Choice>,
    counts: Counts,
    indices: Vec<IndexView>,
    items: Vec<ItemView>,
    dropped: Vec<DroppedView>,
    changes: Vec<ChangeView>,
}

/// A version that can be compared.
#[derive(Serialize)]
struct Choice {
    value: String,
    words: String,
    /// Whether it can be the older one: a draft cannot.
    is_published: bool,
    is_from: bool,
    is_to: bool,
}

#[derive(Serialize)]
struct Counts {
    same: usize,
    flagged: usize,
    new: usize,
    dropped: usize,
}

#[derive(Serialize)]
struct IndexView {
    title: String,
    /// `good`, `` or `bad`, for the chip.
    tone: &'static str,
    verdict: String,
    says: String,
    parts: Vec<PartView>,
}

#[derive(Serialize)]
struct PartView {
    part: String,
    before: usize,
    now: usize,
    common: usize,
}

#[derive(Serialize)]
struct ItemView {
    id: String,
    class: &'static str,
    verdict: &'static str,
    before: String,
    now: String,
    same_words: bool,
    /// Anything to look at: another class than "same", or a warning.
    changes: bool,
    reason: String,
    warnings: Vec<String>,
    measures: String,
}

#[derive(Serialize)]
struct DroppedView {
    id: String,
    before: String,
    measures: String,
}

#[derive(Serialize)]
struct ChangeView {
    subject: String,
    change: String,
}

/// Without `from` and `to`: the latest version against the draft, else against the one before it.
pub(super) async fn show(
    who: Allowed<ReadSurveys>,
    survey: web::Path<SurveyId>,
    wanted: web::Query<Wanted>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (survey, wanted) = (survey.into_inner(), wanted.into_inner());
    let view = app
        .store
        .read(move |conn| {
            let summary = publish::list(conn)?
                .into_iter()
                .find(|summary| summary.survey == survey);
            let summary = summary.ok_or_else(|| Problem::not_found(format_args!("survey `{survey}`")))?;
            let numbers: Vec<VersionNumber> = summary.versions.iter().map(|version| version.number).collect();
            let between = between(&wanted, &numbers, summary.has_draft).ok_or_else(|| {
                Problem::not_found(format_args!(
                    "second version of `{survey}` to compare with, nor a draft"
                ))
            })?;
            let compared = compare(conn, &survey, &between)?;
            Ok::<_, Problem>(view(&survey, &between, &compared, &numbers, summary.has_draft))
        })
        .await?;
    let title = format!("What changes in {}", view.survey);
    render(
        &app,
        "surveys/diff",
        &view,
        &PageContext::staff(title, &who).within("/surveys"),
    )
}

fn between(wanted: &Wanted, numbers: &[VersionNumber], has_draft: bool) -> Option<Between> {
    let latest = numbers.last().copied()?;
    let to = match (&wanted.to, has_draft) {
        (Some(to), _) => to.clone(),
        (None, true) => "draft".to_owned(),
        (None, false) => latest.to_string(),
    };
    let newest = match to.as_str() {
        "draft" => latest,
        // Of a text that is no number, `compare` says so.
        number => number
            .parse::<VersionNumber>()
            .map_or(latest, |number| number.saturating_sub(1)),
    };
    let from = wanted.from.unwrap_or(newest);
    (from > 0).then_some(Between { from, to })
}

fn view(
    survey: &SurveyId,
    between: &Between,
    compared: &Compared,
    numbers: &[VersionNumber],
    has_draft: bool,
) -> View {
    let Compared { old, new, diff } = compared;
    View {
        survey: survey.to_string(),
        from: between.from,
        to: between.to.clone(),
        to_words: in_words(&between.to),
        choices: choices(between, numbers, has_draft),
        counts: Counts {
            same: diff.count(Class::Same),
            flagged: diff.count(Class::Flagged),
            new: diff.count(Class::New),
            dropped: diff.dropped.len(),
        },
        indices: diff
            .indices
            .iter()
            .map(|index| index_view(index, new, old))
            .collect(),
        items: diff.items.iter().map(|item| item_view(item, old, new)).collect(),
        dropped: dropped(diff, old),
        changes: diff
            .changes
            .iter()
            .map(|change| ChangeView {
                subject: change.subject.clone(),
                change: change.change.clone(),
            })
            .collect(),
    }
}

fn in_words(to: &str) -> String {
    match to {
        "draft" => "the draft".to_owned(),
        number => format!("version {number}"),
    }
}

fn choices(between: &Between, numbers: &[VersionNumber], has_draft: bool) -> Vec<Choice> {
    let published = numbers.iter().map(|number| number.to_string());
    let draft = has_draft.then(|| "draft".to_owned());
    let choice = |value: String| Choice {
        words: in_words(&value),
        is_published: value != "draft",
        is_from: value == between.from.to_string(),
        is_to: value == between.to,
        value,
    };
    published.chain(draft).map(choice).collect()
}

fn text_of(definition: &Definition, id: &ItemId) -> String {
    definition
        .item(id)
        .map(|item| words(&item.text))
        .unwrap_or_default()
}

fn item_view(item: &ItemDiff, old: &Definition, new: &Definition) -> ItemView {
    let before = item.old.as_ref().map(|id| text_of(old, id)).unwrap_or_default();
    let now = text_of(new, &item.new);
    let (class, verdict) = match item.class {
        Class::Same => ("diff-same", "same"),
        Class::Flagged => ("diff-flagged", "reworded"),
        Class::New => ("diff-new", "new"),
    };
    ItemView {
        id: item.new.to_string(),
        class,
        verdict,
        same_words: before == now,
        changes: item.class != Class::Same || !item.warnings.is_empty(),
        before,
        now,
        reason: item.reason.clone(),
        warnings: item.warnings.clone(),
        measures: item
            .construct
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}

fn dropped(diff: &Diff, old: &Definition) -> Vec<DroppedView> {
    let view = |item: &crate::survey::compare::DroppedItem| DroppedView {
        id: item.item.to_string(),
        before: text_of(old, &item.item),
        measures: item
            .construct
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    };
    diff.dropped.iter().map(view).collect()
}

fn index_view(index: &IndexDiff, new: &Definition, old: &Definition) -> IndexView {
    let (tone, says) = says(index);
    let title_of = |definition: &Definition, part: &crate::survey::definition::DimensionId| {
        let index = definition.index(&index.index)?;
        let dimension = index.dimensions.iter().find(|dimension| &dimension.id == part)?;
        Some(words(&dimension.title))
    };
    let parts = index.dimensions.iter().map(|part| PartView {
        part: title_of(new, &part.dimension)
            .or_else(|| title_of(old, &part.dimension))
            .unwrap_or_else(|| part.dimension.to_string()),
        before: part.old_items,
        now: part.new_items,
        common: part.anchors,
    });
    IndexView {
        title: words(&index.title),
        tone,
        verdict: match &index.comparability {
            Comparability::Break { .. } => "break".to_owned(),
            other => other.to_string(),
        },
        says,
        parts: parts.collect(),
    }
}

/// What happens to the trend line, and what readers will be told.
pub(super) fn says(index: &IndexDiff) -> (&'static str, String) {
    let flagged = index
        .comparability
        .items()
        .iter()
        .filter(|anchor| anchor.class == Class::Flagged)
        .count();
    let told = match flagged {
        0 => String::new(),
        1 => " One of them was reworded; readers of the trend are told so.".to_owned(),
        n => format!(" {n} of them were reworded; readers of the trend are told so."),
    };
    match &index.comparability {
        Comparability::Comparable { items } => (
            "good",
            format!(
                "The line goes on. All {} questions are asked as before.{told}",
                items.len()
            ),
        ),
        Comparability::OnAnchors { items } => (
            "",
            format!(
                "The line goes on, on the {} questions that both ask (of {} before and {} now). Past rounds are \
                 computed again on these alone, and only they are tested for a change.{told}",
                items.len(),
                index.old_items,
                index.new_items
            ),
        ),
        Comparability::Break { reason } => (
            "bad",
            format!(
                "The line ends, and a new one begins: {reason}. Values before and after are never compared."
            ),
        ),
    }
}
