//! From the bytes of a file to rows with numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::columns::plain;
use super::{Limits, Opening, Problems, Row, Table};

/// Stands as a row of its own behind the last one. When it is not read back, a quote swallowed it.
const END_MARK: &[u8] = b"\x01end-of-table";

const UTF8_REMEDY: &str = "save the file as `CSV UTF-8` and send it again";

pub(super) fn table(bytes: &[u8], limits: &Limits) -> Result<Table, Problems> {
    let text = as_lines(bytes, limits)?;
    let (delimiter, text, first_row) = delimiter(&text);
    let mut problems = Problems::default();
    let mut records = records(text, delimiter, first_row, &mut problems).into_iter();
    let Some((header_row, header)) = records.next() else {
        problems.file("the file is empty: its first row must hold the headings");
        return Err(problems);
    };
    let headings = headings(&header, header_row, &mut problems);
    let rows: Vec<Row> = records
        .map(|(number, record)| row(number, &record, &headings, limits, &mut problems))
        .collect();
    if rows.len() > limits.rows {
        problems.file(format!(
            "the table has {} rows, {} are accepted at once: send it in parts",
            rows.len(),
            limits.rows
        ));
    }
    problems.into_result()?;
    Ok(Table {
        headings,
        header_row,
        rows,
    })
}

/// The text without its byte order mark, every line ended by LF, and the end mark behind it.
fn as_lines(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Problems> {
    if bytes.len() > limits.bytes {
        return Err(Problems::of_file(format!(
            "the file has {} bytes, {} are accepted at once: send it in parts",
            bytes.len(),
            limits.bytes
        )));
    }
    let bytes = as_text(bytes)?;
    let mut text = Vec::with_capacity(bytes.len() + END_MARK.len() + 2);
    let mut bytes = bytes.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\r' {
            bytes.next_if_eq(&b'\n');
            text.push(b'\n');
        } else {
            text.push(byte);
        }
    }
    if text.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
    text.extend_from_slice(END_MARK);
    text.push(b'\n');
    Ok(text)
}

/// The file without a byte order mark; refuses what is no text in UTF-8 from its first bytes on.
fn as_text(bytes: &[u8]) -> Result<&[u8], Problems> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Problems::of_file(format!(
            "the file is UTF-16 text: {UTF8_REMEDY}"
        )));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(Problems::of_file(format!(
            "the file is a spreadsheet or an archive, not CSV: {UTF8_REMEDY}"
        )));
    }
    Ok(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

/// How the first bytes of a file say that it is to be read: by those who read it piece by piece.
pub(super) fn opening(start: &[u8]) -> Result<Opening, Problems> {
    let text = as_text(start)?;
    let (delimiter, rest, header_row) = delimiter(text);
    Ok(Opening {
        delimiter,
        skipped: start.len().saturating_sub(rest.len()),
        header_row,
    })
}

/// What stands between cells, where the table begins, and in which row that is.
fn delimiter(text: &[u8]) -> (u8, &[u8], u32) {
    let (first_line, rest) = line(text);
    let first_line = first_line.strip_suffix(b"\r").unwrap_or(first_line);
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', told] = first_line {
        return (*told, rest, 2);
    }
    // Only the header is counted: a comma in somebody's name must not decide.
    let header = text
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .find(|line| !line.is_empty());
    let mut counts = BTreeMap::from([(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)]);
    let mut quoted = false;
    for byte in header.unwrap_or_default() {
        match counts.get_mut(byte) {
            _ if *byte == b'"' => quoted = !quoted,
            Some(count) if !quoted => *count += 1,
            _ => {}
        }
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    let delimiter = most
        .filter(|(_, count)| *count > 0)
        .map_or(b',', |(byte, _)| byte);
    (delimiter, text, 1)
}

fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    let (line, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
    (line, rest.get(1..).unwrap_or_default())
}

/// Every record with content and its row number. Notes a quote that is never closed.
fn records(text: &[u8], delimiter: u8, first_row: u32, problems: &mut Problems) -> Vec<(u32, ByteRecord)> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(text);
    let mut records = Vec::new();
    let mut next_row = first_row;
    let mut record = ByteRecord::new();
    let mut last = (next_row, ByteRecord::new());
    loop {
        let line_before = reader.position().line();
        // Reading from memory cannot fail, and ragged rows are looked at later.
        if !reader.read_byte_record(&mut record).unwrap_or(false) {
            break;
        }
        let lines = reader.position().line().saturating_sub(line_before);
        let inside: usize = record.iter().map(line_breaks).sum();
        // The reader silently passes over empty lines, but a spreadsheet shows them as rows.
        let passed = usize::try_from(lines)
            .unwrap_or_default()
            .saturating_sub(1 + inside);
        let number = next_row.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        next_row = number.saturating_add(1);
        last = (number, record.clone());
        records.push((number, record.clone()));
    }
    if last.1.len() == 1 && last.1.get(0) == Some(END_MARK) {
        records.pop();
    } else {
        problems.row(
            last.0,
            "a quote is opened and never closed: close it, or double it if it belongs to the text",
        );
    }
    records.retain(|(_, record)| record.iter().any(|cell| !cell.trim_ascii().is_empty()));
    records
}

fn line_breaks(cell: &[u8]) -> usize {
    cell.iter().filter(|byte| **byte == b'\n').count()
}

fn headings(header: &ByteRecord, number: u32, problems: &mut Problems) -> Vec<String> {
    let mut headings = Vec::with_capacity(header.len());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (position, cell) in header.iter().enumerate() {
        let heading = String::from_utf8_lossy(cell).trim().to_owned();
        if matches!(heading, ref text if text.contains(char::REPLACEMENT_CHARACTER)) {
            problems.row(
                number,
                format!(
                    "the heading of column {} is not UTF-8: {UTF8_REMEDY}",
                    position + 1
                ),
            );
        } else if !heading.is_empty() && seen.insert(plain(&heading), position).is_some() {
            problems.row(
                number,
                format!("the heading `{heading}` stands twice: remove or rename one"),
            );
        }
        headings.push(heading);
    }
    headings
}

fn row(
    number: u32,
    record: &ByteRecord,
    headings: &[String],
    limits: &Limits,
    problems: &mut Problems,
) -> Row {
    let mut cells = StringRecord::with_capacity(record.as_slice().len(), record.len());
    for (position, bytes) in record.iter().enumerate() {
        let heading = headings.get(position).filter(|heading| !heading.is_empty());
        let cell = String::from_utf8_lossy(bytes);
        let cell = cell.trim();
        if let Some(problem) = wrong_cell(bytes, cell, heading.is_some(), limits) {
            let name = heading
                .cloned()
                .unwrap_or_else(|| format!("column {}", position + 1));
            problems.note(Some(number), Some(name), problem.into_owned());
        }
        cells.push_field(cell);
    }
    Row { number, cells }
}

fn wrong_cell(bytes: &[u8], cell: &str, headed: bool, limits: &Limits) -> Option<Cow<'static, str>> {
    if std::str::from_utf8(bytes).is_err() {
        Some(format!("is not UTF-8 text (`{}`): {UTF8_REMEDY}", cut(cell)).into())
    } else if cell.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        Some("holds a control character: type the cell anew".into())
    } else if !headed && !cell.is_empty() {
        Some(
            format!(
                "`{}` stands under no heading: quote the cell before it, or add a heading",
                cut(cell)
            )
            .into(),
        )
    } else if cell.len() > limits.characters && cell.chars().count() > limits.characters {
        Some(format!("is longer than {} characters: shorten it", limits.characters).into())
    } else {
        None
    }
}

/// Enough of a cell to find it by.
fn cut(cell: &str) -> String {
    cell.chars().take(40).collect()
}
