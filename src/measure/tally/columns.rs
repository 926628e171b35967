//! Answers as columns of bytes.

use thiserror::Error;

/// Answers of many people: a column a byte of their records, all of the same length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    rows: usize,
    columns: Vec<Vec<u8>>,
}

/// Records that do not make a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnevenRecords {
    /// The bytes are not a whole number of records.
    #[error("{bytes} bytes are not a whole number of records of {width} bytes")]
    Remainder {
        /// All bytes.
        bytes: usize,
        /// The length of a record.
        width: usize,
    },
    /// Columns of different lengths.
    #[error("column {column} (from 0) has {found} answers, the first one {expected}")]
    Column {
        /// Which.
        column: usize,
        /// The length of the first.
        expected: usize,
        /// Its own.
        found: usize,
    },
}

/// Rows that are turned into columns at a time: their bytes and the ends of the columns fit the cache.
const AT_A_TIME: usize = 256;

impl Columns {
    /// From columns that are there already.
    ///
    /// # Errors
    /// [`UnevenRecords::Column`].
    pub fn new(columns: Vec<Vec<u8>>) -> Result<Self, UnevenRecords> {
        let rows = columns.first().map_or(0, Vec::len);
        match columns
            .iter()
            .enumerate()
            .find(|(_, column)| column.len() != rows)
        {
            Some((column, found)) => Err(UnevenRecords::Column {
                column,
                expected: rows,
                found: found.len(),
            }),
            None => Ok(Self { rows, columns }),
        }
    }

    /// From records of `width` bytes, one after the other.
    ///
    /// # Errors
    /// [`UnevenRecords::Remainder`].
    pub fn of_records(bytes: &[u8], width: usize) -> Result<Self, UnevenRecords> {
        if width == 0 || !bytes.len().is_multiple_of(width) {
            return Err(UnevenRecords::Remainder {
                bytes: bytes.len(),
                width,
            });
        }
        let rows = bytes.len() / width;
        let mut columns: Vec<Vec<u8>> = (0..width).map(|_| Vec::with_capacity(rows)).collect();
        for some in bytes.chunks(width * AT_A_TIME) {
            for (offset, column) in columns.iter_mut().enumerate() {
                column.extend(some.iter().skip(offset).step_by(width));
            }
        }
        Ok(Self { rows, columns })
    }

    /// How many people.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The answers at one place of the record; none where there is no such place.
    #[must_use]
    pub fn column(&self, at: usize) -> &[u8] {
        self.columns.get(at).map_or(&[], Vec::as_slice)
    }
}
