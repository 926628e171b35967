//! Pages that are rendered once and sent from memory, with places that are filled anew at each visit.
//!
//! A page is rendered with a mark in each place, cut apart at the marks, and each part compressed. What is sent is the parts with
//! the values of the visit between them. Compressed, too: a part ends on a whole byte and refers to nothing before
//! it, so that a value can stand between two parts as a block that is stored as it is (RFC 1951, 3.2.4). Nothing is
//! compressed at a visit, and the length of what is sent says nothing of the values.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderValue, IF_NONE_MATCH, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use flate2::{Compress, Compression, Crc, FlushCompress};
use sha2::{Digest, Sha256};

use super::problem::Problem;
use crate::collect::mix;
use crate::round::manifest::hex;

/// A page in memory.
#[derive(Debug)]
pub struct Kept {
    first: Part,
    /// Which value comes, and what comes after it.
    rest: Vec<(usize, Part)>,
    etag: String,
}

/// What stands between two places.
#[derive(Debug)]
struct Part {
    plain: String,
    /// Deflated, up to a whole byte.
    packed: Vec<u8>,
}

impl Part {
    fn of(plain: &str) -> Result<Self, Problem> {
        Ok(Self {
            plain: plain.to_owned(),
            packed: deflated(plain.as_bytes()).map_err(|error| Problem::internal(&error))?,
        })
    }
}

/// What the head of a compressed page is: no name, no time, an unknown system (RFC 1952).
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// An empty block that is the last.
const LAST_BLOCK: [u8; 2] = [3, 0];

impl Kept {
    /// Keeps a page in which each of `marks` stands for a value. No mark may contain another.
    ///
    /// # Errors
    /// 500 when it cannot be compressed.
    pub fn of(html: &str, marks: &[&str]) -> Result<Self, Problem> {
        let mut cuts: Vec<(usize, usize, usize)> = marks
            .iter()
            .enumerate()
            .flat_map(|(which, mark)| {
                html.match_indices(mark)
                    .map(move |(at, _)| (at, at + mark.len(), which))
            })
            .collect();
        cuts.sort_unstable();
        let ends = cuts.iter().skip(1).map(|(at, ..)| *at).chain([html.len()]);
        let rest = cuts.iter().zip(ends).map(|((_, after, which), end)| {
            let part = Part::of(html.get(*after..end).unwrap_or_default())?;
            Ok((*which, part))
        });
        let head = cuts.first().map_or(html.len(), |(at, ..)| *at);
        Ok(Self {
            first: Part::of(html.get(..head).unwrap_or_default())?,
            rest: rest.collect::<Result<_, Problem>>()?,
            etag: format!("\"{}\"", hex(&Sha256::digest(html.as_bytes()))),
        })
    }

    /// The page with these values, for a visit: compressed where the client takes that. Values must need no escaping.
    #[must_use]
    pub fn respond(&self, request: &HttpRequest, values: &[&str]) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response
            .content_type("text/html; charset=utf-8")
            .insert_header((VARY, ACCEPT_ENCODING.as_str()));
        if takes_gzip(request) {
            response
                .insert_header((CONTENT_ENCODING, "gzip"))
                .body(self.zipped(values))
        } else {
            response.body(self.plain(values))
        }
    }

    /// The page where it is the same for everybody. Browsers may keep it, but ask each time whether it is still the same.
    #[must_use]
    pub fn respond_unless_known(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = if is_known(request, &self.etag) {
            HttpResponse::NotModified().finish()
        } else {
            self.respond(request, &[])
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(etag) = HeaderValue::from_str(&self.etag) {
            headers.insert(ETAG, etag);
        }
        response
    }

    fn plain(&self, values: &[&str]) -> String {
        let parts: usize = self.rest.iter().map(|(_, part)| part.plain.len() + 64).sum();
        let mut page = String::with_capacity(self.first.plain.len() + parts);
        page.push_str(&self.first.plain);
        for (which, part) in &self.rest {
            page.push_str(values.get(*which).copied().unwrap_or_default());
            page.push_str(&part.plain);
        }
        page
    }

    fn zipped(&self, values: &[&str]) -> Vec<u8> {
        let parts: usize = self.rest.iter().map(|(_, part)| part.packed.len() + 64).sum();
        let mut page = Vec::with_capacity(self.first.packed.len() + parts + 32);
        let mut sum = Crc::new();
        page.extend(GZIP_HEAD);
        page.extend(&self.first.packed);
        sum.update(self.first.plain.as_bytes());
        for (which, part) in &self.rest {
            let value = values.get(*which).copied().unwrap_or_default();
            store(&mut page, value.as_bytes());
            sum.update(value.as_bytes());
            page.extend(&part.packed);
            sum.update(part.plain.as_bytes());
        }
        page.extend(LAST_BLOCK);
        page.extend(sum.sum().to_le_bytes());
        page.extend(sum.amount().to_le_bytes());
        page
    }
}

/// Blocks that hold the bytes as they are.
fn store(page: &mut Vec<u8>, bytes: &[u8]) {
    for block in bytes.chunks(usize::from(u16::MAX)) {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        page.push(0);
        page.extend(length.to_le_bytes());
        page.extend((!length).to_le_bytes());
        page.extend(block);
    }
}

/// Bytes as blocks of a deflate stream that goes on, up to a whole byte.
fn deflated(bytes: &[u8]) -> Result<Vec<u8>, flate2::CompressError> {
    let mut packer = Compress::new(Compression::best(), false);
    // Never longer than its input and a few bytes for each block of it.
    let mut packed = Vec::with_capacity(bytes.len() + bytes.len() / 8 + 64);
    packer.compress_vec(bytes, &mut packed, FlushCompress::Full)?;
    Ok(packed)
}

/// Whether the client takes gzip as it is; whoever weighs encodings gets a page plain, or compressed on the way.
#[must_use]
pub fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request
        .headers()
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.split(',').any(|one| one.trim() == "gzip"))
}

/// Whether the client has what bears this `ETag`.
#[must_use]
pub fn is_known(request: &HttpRequest, etag: &str) -> bool {
    let given = request
        .headers()
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    given.is_some_and(|given| {
        given
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/") == etag)
    })
}

/// So many marks that stand nowhere by accident and that nobody can have written into a survey: random for each page.
///
/// # Errors
/// 503 when the system has no randomness.
pub fn marks<const N: usize>() -> Result<[String; N], Problem> {
    let drawn = hex(&mix::random_key()?);
    Ok(std::array::from_fn(|place| format!("{drawn}x{place}x")))
}

/// Pages by what they are made of. When there are [`Shelf::MOST`] of them, all are thrown away: they are made again as they
/// are asked for.
#[derive(Debug)]
pub struct Shelf<K> {
    pages: RwLock<HashMap<K, Arc<Kept>>>,
}

impl<K> Default for Shelf<K> {
    fn default() -> Self {
        Self {
            pages: RwLock::default(),
        }
    }
}

impl<K: Eq + Hash> Shelf<K> {
    /// How many pages are kept: a page of some 30 KB for each round, audience and language.
    pub const MOST: usize = 200;

    /// The page of a key; made where it is not there.
    ///
    /// # Errors
    /// What `make` returns.
    pub fn get<E>(&self, key: K, make: impl FnOnce() -> Result<Kept, E>) -> Result<Arc<Kept>, E> {
        let known = self
            .pages
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(make()?);
        let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= Self::MOST {
            pages.clear();
        }
        Ok(Arc::clone(pages.entry(key).or_insert(made)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    fn unzipped(bytes: &[u8]) -> String {
        let mut text = String::new();
        let mut reader = GzDecoder::new(bytes);
        reader.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_kept_page_is_the_rendered_one_with_the_values_in_its_places() {
        let pages = [
            "",
            "MARK",
            "aMARKbOTHERcMARK",
            "MARKOTHER",
            "no place",
            "OTHER tail",
        ];
        for page in pages {
            let kept = Kept::of(page, &["MARK", "OTHER"]).unwrap();
            for (one, other) in [("x", "yy"), ("", ""), ("OTHER", "MARK")] {
                let told: Vec<String> = page
                    .split("MARK")
                    .map(|part| part.replace("OTHER", other))
                    .collect();
                let wanted = told.join(one);
                assert_eq!(kept.plain(&[one, other]), wanted, "{page}");
                assert_eq!(unzipped(&kept.zipped(&[one, other])), wanted, "{page}");
            }
        }
    }

    #[test]
    fn long_parts_and_long_values_survive_compression() {
        let line = |n: usize| format!("<p class=\"hint\">Line {n} of a page, {}</p>\n", n * 7919 % 1013);
        let long: String = (0..4000).map(line).collect();
        let kept = Kept::of(&format!("{long}MARK{long}"), &["MARK"]).unwrap();
        let value = "v".repeat(70_000);
        let zipped = kept.zipped(&[&value]);
        assert_eq!(unzipped(&zipped), format!("{long}{value}{long}"));
        assert!(zipped.len() < 70_000 + long.len(), "{} bytes", zipped.len());
    }

    #[test]
    fn a_full_shelf_makes_its_pages_anew() {
        let shelf = Shelf::default();
        let mut made = 0;
        for key in 0..=Shelf::<usize>::MOST {
            for _ in 0..2 {
                let page = shelf.get(key, || {
                    made += 1;
                    Kept::of("page", &[])
                });
                page.unwrap();
            }
        }
        assert_eq!(made, Shelf::<usize>::MOST + 1);
        assert_eq!(shelf.pages.read().unwrap().len(), 1);
    }
}
