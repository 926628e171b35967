//! Small square matrices whose rows are filled up to fours.

use nalgebra::DMatrix;

use super::products::add_scaled;

/// A square matrix, row by row, each row filled up to fours with zeros: products run over fours, which become vector
/// instructions, and nothing is allocated.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Square {
    width: usize,
    rows: Vec<[f64; 4]>,
}

impl Square {
    pub fn zero(width: usize) -> Self {
        Self {
            width,
            rows: vec![[0.0; 4]; width * width.div_ceil(4)],
        }
    }

    pub fn from_fn(width: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        let mut square = Self::zero(width);
        for (at, row) in square.rows_mut().enumerate() {
            for (other, place) in row.iter_mut().take(width).enumerate() {
                *place = value(at, other);
            }
        }
        square
    }

    /// How many rows, and columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Its first rows and columns.
    pub fn leading(&self, width: usize) -> Self {
        let mut leading = Self::zero(width);
        for (into, row) in leading.rows_mut().zip(self.rows.chunks_exact(self.fours())) {
            for (place, value) in into.iter_mut().take(width).zip(row.as_flattened()) {
                *place = *value;
            }
        }
        leading
    }

    fn fours(&self) -> usize {
        self.width.div_ceil(4).max(1)
    }

    /// The rows, zeros at the end included.
    fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f64]> {
        let fours = self.fours();
        self.rows.chunks_exact_mut(fours).map(<[_]>::as_flattened_mut)
    }

    /// All places, row after row, zeros at the ends of rows included.
    pub fn places(&self) -> &[[f64; 4]] {
        &self.rows
    }

    /// See [`Self::places`].
    pub fn places_mut(&mut self) -> &mut [[f64; 4]] {
        &mut self.rows
    }

    /// A row vector times this matrix.
    #[inline(always)]
    pub fn after(&self, vector: &[[f64; 4]], into: &mut [[f64; 4]]) {
        into.fill([0.0; 4]);
        for (four, rows) in vector.iter().zip(self.rows.chunks(4 * self.fours())) {
            let mut rows = rows.chunks_exact(self.fours());
            let Some(first) = rows.next() else {
                return;
            };
            // Beyond the last row the vector is zero, so any row does.
            let mut next = || rows.next().unwrap_or(first);
            add_scaled(into, [first, next(), next(), next()], *four);
        }
    }

    /// Becomes the product of two.
    #[inline(always)]
    pub fn set_product(&mut self, left: &Self, right: &Self) {
        let fours = self.fours();
        let rows = self
            .rows
            .chunks_exact_mut(fours)
            .zip(left.rows.chunks_exact(fours));
        for (into, row) in rows {
            right.after(row, into);
        }
    }

    pub fn matrix(&self) -> DMatrix<f64> {
        let rows = self.rows.chunks_exact(self.fours());
        let values = rows.flat_map(|row| row.as_flattened().iter().take(self.width).copied());
        DMatrix::from_row_iterator(self.width, self.width, values)
    }
}
