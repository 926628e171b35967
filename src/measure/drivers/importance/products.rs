//! Sums of values and of their products, four people at a time.

use nalgebra::DMatrix;

/// Sums of a set of people: how many, each variable, and each variable times those up to itself.
///
/// A row of products is as long as the number of variables rounded up to fours, and worked on in fours: the loops
/// have a fixed length, and the compiler makes vector instructions of them.
#[derive(Clone)]
pub(super) struct Products {
    n: f64,
    sums: Vec<[f64; 4]>,
    /// As many rows as variables, each as long as `sums`. Beyond the diagonal's four there are zeros.
    lower: Vec<[f64; 4]>,
}

impl Products {
    pub fn new(width: usize) -> Self {
        let fours = width.div_ceil(4);
        Self {
            n: 0.0,
            sums: vec![[0.0; 4]; fours],
            lower: vec![[0.0; 4]; width * fours],
        }
    }

    pub fn clear(&mut self) {
        self.n = 0.0;
        self.sums.fill([0.0; 4]);
        self.lower.fill([0.0; 4]);
    }

    /// A row of as many fours as `sums`, filled up with zeros.
    pub fn add_row(&mut self, row: &[[f64; 4]], times: f64) {
        self.add_rows([row; 4], [times, 0.0, 0.0, 0.0]);
    }

    /// Four rows at once: the sums are read and written once for all of them, which is where the time goes.
    pub fn add_rows(&mut self, [a, b, c, d]: [&[[f64; 4]]; 4], times: [f64; 4]) {
        self.n += times.iter().sum::<f64>();
        add_scaled(&mut self.sums, [a, b, c, d], times);
        let [ta, tb, tc, td] = times;
        let own = a
            .as_flattened()
            .iter()
            .zip(b.as_flattened())
            .zip(c.as_flattened().iter().zip(d.as_flattened()));
        let products = self.lower.chunks_exact_mut(a.len().max(1));
        for ((at, ((xa, xb), (xc, xd))), products) in (0..).zip(own).zip(products) {
            let upto: usize = at / 4 + 1;
            let products = products.get_mut(..upto).unwrap_or_default();
            add_scaled(products, [a, b, c, d], [ta * xa, tb * xb, tc * xc, td * xd]);
        }
    }

    pub fn add_products(&mut self, other: &Self, times: f64) {
        self.n += times * other.n;
        add_times(&mut self.sums, &other.sums, times);
        add_times(&mut self.lower, &other.lower, times);
    }

    /// Adds the products about the own means: those of one agency to those of all.
    pub fn centre_into(&self, all: &mut Self) {
        if self.n <= 0.0 {
            return;
        }
        all.n += self.n;
        let fours = self.sums.len();
        let rows = self
            .lower
            .chunks_exact(fours)
            .zip(all.lower.chunks_exact_mut(fours));
        for (sum, (own, all)) in self.sums.as_flattened().iter().zip(rows) {
            let mean = sum / self.n;
            let expected = own.as_flattened().iter().zip(self.sums.as_flattened());
            for (all, (own, other)) in all.as_flattened_mut().iter_mut().zip(expected) {
                *all += own - mean * other;
            }
        }
    }

    /// The products as a matrix.
    pub fn matrix(&self) -> DMatrix<f64> {
        let width = self.lower.len() / self.sums.len().max(1);
        let row = |at: usize| {
            self.lower
                .chunks_exact(self.sums.len())
                .nth(at)
                .map_or(&[][..], <[_]>::as_flattened)
        };
        let at = |a: usize, b: usize| row(a.max(b)).get(a.min(b)).copied().unwrap_or(0.0);
        DMatrix::from_fn(width, width, at)
    }
}

/// Adds four rows, each times its factor.
fn add_scaled(sums: &mut [[f64; 4]], [a, b, c, d]: [&[[f64; 4]]; 4], [fa, fb, fc, fd]: [f64; 4]) {
    for ((sums, (a, b)), (c, d)) in sums.iter_mut().zip(a.iter().zip(b)).zip(c.iter().zip(d)) {
        for ((sum, (a, b)), (c, d)) in sums.iter_mut().zip(a.iter().zip(b)).zip(c.iter().zip(d)) {
            *sum += (fa * a + fb * b) + (fc * c + fd * d);
        }
    }
}

fn add_times(sums: &mut [[f64; 4]], values: &[[f64; 4]], times: f64) {
    for (sums, values) in sums.iter_mut().zip(values) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += times * value;
        }
    }
}
