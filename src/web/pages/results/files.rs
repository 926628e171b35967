//! `/results/{round}/files`: everything that may be seen, as files.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::reader::Reader;
use super::round::{self, Head, Loaded};
use super::say::Say;
use crate::report::export::Form;
use crate::report::portions::Download;
use crate::report::read::Wanted;
use crate::report::{codebook, workbook};
use crate::round::RoundId;
use crate::survey::definition::Language;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::download;
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};

#[derive(Debug, Serialize)]
struct View {
    head: Head,
    files: Vec<FileView>,
}

#[derive(Debug, Serialize)]
struct FileView {
    href: String,
    name: String,
    what: String,
}

/// The files of a round and the key of what each is for.
const FILES: [(&str, &str); 5] = [
    ("results.xlsx", "r-file-xlsx"),
    ("results.csv", "r-file-csv"),
    ("results.json", "r-file-json"),
    ("codebook.csv", "r-file-codebook-csv"),
    ("codebook.md", "r-file-codebook-md"),
];

/// The list of files.
pub(super) async fn list(
    who: Allowed<ReadResults>,
    round: web::Path<String>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let loaded = round::load_named(&app, who.scope(), &round, nothing()).await?;
    let say = Say::new(&app, reader.lang);
    let head = round::head(&app, &reader, &loaded, "/files", None);
    let file = |(name, key): (&str, &str)| FileView {
        href: format!("/results/{}/files/{name}", head.round),
        name: name.to_owned(),
        what: say.text(key, &[]),
    };
    let view = View {
        files: FILES.into_iter().map(file).collect(),
        head,
    };
    let title = format!("{}: {}", say.text("r-page-files", &[]), view.head.title);
    let page = PageContext::staff(title, &who).within("/results");
    render(
        &app,
        "results/files",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

/// One file.
pub(super) async fn file(
    who: Allowed<ReadResults>,
    path: web::Path<(String, String)>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (round, name) = path.into_inner();
    let missing = || Problem::not_found(format!("file `{name}` of a round's results"));
    if !FILES.iter().any(|(known, _)| *known == name) {
        return Err(missing().into());
    }
    if let Some(form) = rows_of(&name) {
        return rows(&app, &who, &round, &name, form).await;
    }
    // The workbook has every figure in it; a codebook is made of the version alone.
    let wanted = match name.as_str() {
        "results.xlsx" => Wanted::default(),
        _ => nothing(),
    };
    let loaded = round::load_named(&app, who.scope(), &round, wanted).await?;
    let language = reader
        .lang
        .tag()
        .parse::<Language>()
        .map_err(|error| Problem::internal(&error))?;
    let say = Say::new(&app, reader.lang);
    let words = workbook::Words::of(|key| say.text(key, &[]));
    let made = web::block(move || made(&name, &loaded, &language, &words)).await;
    let (media, name, bytes) = made.map_err(|error| Problem::internal(&error))??;
    Ok(HttpResponse::Ok()
        .content_type(media)
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{round}-{name}\""),
        ))
        .body(bytes))
}

/// No figure, only what stands above them.
fn nothing() -> Wanted {
    Wanted {
        kinds: Some(Vec::new()),
        ..Wanted::default()
    }
}

/// The form of a file that is sent while it is made.
fn rows_of(name: &str) -> Option<Form> {
    match name {
        "results.csv" => Some(Form::Csv),
        "results.json" => Some(Form::Json),
        _ => None,
    }
}

async fn rows(
    app: &App,
    who: &Allowed<ReadResults>,
    round: &str,
    name: &str,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let missing = || Problem::not_found(format!("published result of a round `{round}`"));
    let id: RoundId = round.parse().ok().ok_or_else(missing)?;
    let found = Download::of(&app.store, &id, &who.scope(), form)
        .await
        .map_err(Problem::from)?;
    let file = found.ok_or_else(missing)?;
    let name = name.split('.').next().unwrap_or_default();
    Ok(download::sent(HttpResponse::Ok(), file, &format!("{id}-{name}")))
}

type Made = (&'static str, String, Vec<u8>);

fn made(name: &str, loaded: &Loaded, language: &Language, words: &workbook::Words) -> Result<Made, Problem> {
    let failed = |error: &dyn std::fmt::Display| Problem::internal(&error.to_string());
    let (media, bytes) = match name {
        "results.xlsx" => (
            workbook::MEDIA_TYPE,
            workbook::write(&loaded.results, &loaded.definition, language, words)
                .map_err(|error| failed(&error))?,
        ),
        "codebook.csv" => {
            let book = codebook::csv(&loaded.results.document, &loaded.definition, language);
            (
                "text/csv; charset=utf-8",
                book.map_err(|error| failed(&error))?.into_bytes(),
            )
        }
        _ => (
            "text/markdown; charset=utf-8",
            codebook::markdown(&loaded.results.document, &loaded.definition, language).into_bytes(),
        ),
    };
    Ok((media, name.to_owned(), bytes))
}
