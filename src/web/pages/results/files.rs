//! `/results/{round}/files`: everything that may be seen, as files.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::reader::Reader;
use super::round::{self, Head, Loaded};
use super::say::Say;
use crate::report::read::Wanted;
use crate::report::{codebook, export, workbook};
use crate::survey::definition::Language;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
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
    let wanted = Wanted {
        kinds: Some(Vec::new()),
        ..Wanted::default()
    };
    let loaded = round::load_named(&app, who.scope(), &round, wanted).await?;
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
    let loaded = round::load_named(&app, who.scope(), &round, Wanted::default()).await?;
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

type Made = (&'static str, String, Vec<u8>);

fn made(name: &str, loaded: &Loaded, language: &Language, words: &workbook::Words) -> Result<Made, Problem> {
    let failed = |error: &dyn std::fmt::Display| Problem::internal(&error.to_string());
    let (media, bytes) = match name {
        "results.xlsx" => (
            workbook::MEDIA_TYPE,
            workbook::write(&loaded.results, &loaded.definition, language, words)
                .map_err(|error| failed(&error))?,
        ),
        "results.csv" => (
            "text/csv; charset=utf-8",
            export::csv(&loaded.results)
                .map_err(|error| failed(&error))?
                .into_bytes(),
        ),
        "results.json" => (
            "application/json",
            export::json(&loaded.results)
                .map_err(|error| failed(&error))?
                .into_bytes(),
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
