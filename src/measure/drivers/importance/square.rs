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

    /// The lower half: of each row the fours up to the one with the diagonal.
    #[inline(always)]
    pub fn lower(&self) -> impl Iterator<Item = &[[f64; 4]]> {
        let rows = self.rows.chunks_exact(self.fours()).enumerate();
        rows.map(|(at, row)| row.get(..=at / 4).unwrap_or(row))
    }

    /// See [`Self::lower`].
    #[inline(always)]
    pub fn lower_mut(&mut self) -> impl Iterator<Item = &mut [[f64; 4]]> {
        let fours = self.fours();
        let rows = self.rows.chunks_exact_mut(fours).enumerate();
        rows.filter_map(|(at, row)| row.get_mut(..=at / 4))
    }

    /// Makes the upper half that of a symmetric matrix, from the lower.
    #[inline(always)]
    pub fn mirror(&mut self) {
        let (width, places) = (self.width, 4 * self.fours());
        let values = self.rows.as_flattened_mut();
        for row in 0..width {
            for column in 4 * (row / 4 + 1)..width {
                let own = values.get(column * places + row).copied();
                if let Some((place, own)) = values.get_mut(row * places + column).zip(own) {
                    *place = own;
                }
            }
        }
    }

    /// A row vector times this matrix, or times its first columns where there is room for fewer.
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

    /// Becomes the lower half of a product that is symmetric; above it stands anything.
    #[inline(always)]
    pub fn set_lower_product(&mut self, left: &Self, right: &Self) {
        for (into, row) in self.lower_mut().zip(left.rows.chunks_exact(left.fours())) {
            right.after(row, into);
        }
    }

    pub fn matrix(&self) -> DMatrix<f64> {
        let rows = self.rows.chunks_exact(self.fours());
        let values = rows.flat_map(|row| row.as_flattened().iter().take(self.width).copied());
        DMatrix::from_row_iterator(self.width, self.width, values)
    }
}
