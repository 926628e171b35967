//! Sums of values and of their products, four people at a time.

/// Sums of a set of people: how many, each variable, and each variable times those up to itself.
///
/// The sums stand first, then a row of products for each variable. Every row is filled up to fours and worked on in fours:
/// the loops have a fixed length, and the compiler makes vector instructions of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Products {
    n: f64,
    width: usize,
    values: Vec<[f64; 4]>,
}

/// The fours in the row of products of a variable.
fn fours_of_row(variable: usize) -> usize {
    variable / 4 + 1
}

impl Products {
    pub fn new(width: usize) -> Self {
        let fours = width.div_ceil(4) + (0..width).map(fours_of_row).sum::<usize>();
        Self {
            n: 0.0,
            width,
            values: vec![[0.0; 4]; fours],
        }
    }

    #[inline(always)]
    fn parts_mut(&mut self) -> (&mut [[f64; 4]], &mut [[f64; 4]]) {
        self.values.split_at_mut(self.width.div_ceil(4))
    }

    /// The rows of products, each up to its own variable at least; what follows fills up its last four.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        let mut rest = self.values.get(self.width.div_ceil(4)..).unwrap_or_default();
        (0..self.width).map_while(move |variable| {
            let (row, others) = rest.split_at_checked(fours_of_row(variable))?;
            rest = others;
            Some(row.as_flattened())
        })
    }

    /// Four rows of as many fours as there are sums, filled up with zeros, each so many times: the sums are read and written once for all of them, which is where the time goes.
    #[inline(always)]
    pub fn add_rows(&mut self, rows: [&[[f64; 4]]; 4], times: [f64; 4]) {
        self.n += times.iter().sum::<f64>();
        let width = self.width;
        let (sums, mut products) = self.parts_mut();
        add_scaled(sums, rows, times);
        let [a, b, c, d] = rows.map(<[_]>::as_flattened);
        let own = a.iter().zip(b).zip(c.iter().zip(d)).take(width);
        let [ta, tb, tc, td] = times;
        for (variable, ((a, b), (c, d))) in own.enumerate() {
            let Some((row, others)) = products.split_at_mut_checked(fours_of_row(variable)) else {
                return;
            };
            add_scaled(row, rows, [ta * a, tb * b, tc * c, td * d]);
            products = others;
        }
    }

    /// Adds four sets of people, each so many times.
    #[inline(always)]
    pub fn add_four(&mut self, sets: [&Self; 4], times: [f64; 4]) {
        for (set, times) in sets.iter().zip(times) {
            self.n += times * set.n;
        }
        add_scaled(&mut self.values, sets.map(|set| set.values.as_slice()), times);
    }

    /// Adds another set of people.
    pub fn add(&mut self, other: &Self) {
        self.n += other.n;
        for (sums, values) in self.values.iter_mut().zip(&other.values) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        }
    }

    /// Turns the products into those about the own means. The sums are then zero, as they are when all are centred.
    pub fn centre(&mut self) {
        let (n, width) = (self.n, self.width);
        let (sums, mut products) = self.parts_mut();
        if n > 0.0 {
            for (variable, sum) in sums.as_flattened().iter().take(width).enumerate() {
                let Some((row, others)) = products.split_at_mut_checked(fours_of_row(variable)) else {
                    return;
                };
                let mean = sum / n;
                for (own, other) in row.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
                    *own -= mean * other;
                }
                products = others;
            }
        }
        sums.fill([0.0; 4]);
    }
}

/// Adds four rows, each times its factor.
#[inline(always)]
pub(super) fn add_scaled(sums: &mut [[f64; 4]], [a, b, c, d]: [&[[f64; 4]]; 4], factors: [f64; 4]) {
    for ((sums, (a, b)), (c, d)) in sums.iter_mut().zip(a.iter().zip(b)).zip(c.iter().zip(d)) {
        *sums = four_added(*sums, [*a, *b, *c, *d], factors);
    }
}

/// Everything is read before anything is written, which lets a four be one vector.
#[inline(always)]
fn four_added([s, t, u, v]: [f64; 4], [a, b, c, d]: [[f64; 4]; 4], [fa, fb, fc, fd]: [f64; 4]) -> [f64; 4] {
    let added =
        |sum: f64, a: f64, b: f64, c: f64, d: f64| fa.mul_add(a, fb.mul_add(b, sum)) + fc.mul_add(c, fd * d);
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
    let ([c0, c1, c2, c3], [d0, d1, d2, d3]) = (c, d);
    [
        added(s, a0, b0, c0, d0),
        added(t, a1, b1, c1, d1),
        added(u, a2, b2, c2, d2),
        added(v, a3, b3, c3, d3),
    ]
}
