//! Relative weights of correlations that are near known ones, as those of a resample are near everybody's.
//!
//! Johnson's weights need the square root of the matrix of correlations among the drivers. An eigendecomposition of each of
//! thousands of resamples would be most of the work; but their roots all lie near that of everybody. In the basis of everybody's
//! eigenvectors a resample's matrix `E` is nearly diagonal, and Newton's method with the derivative kept at the diagonal,
//!
//! `Y <- Y + (E - Y Y) / (d_i + d_j)`, place by place, with `d` the roots of everybody's eigenvalues,
//!
//! meets its root in a handful of small products. The weights `C^-1/2 r` follow by Jacobi's iteration on the same diagonal. For
//! a symmetric matrix with positive diagonal that iteration converges only if the matrix is positive definite, so what it
//! accepts is the one positive root. Where either does not converge, the matrix is decomposed after all.

use nalgebra::{DMatrix, DVector};

use super::square::Square;
use crate::measure::drivers::johnson::relative_weights_of;
use crate::measure::undefined::Undefined;
use crate::measure::wide::{Work, wide};

/// Beyond so many steps decomposing is faster.
const MOST_STEPS: usize = 40;
/// What may be left over all places, as a part of the smallest eigenvalue: the last step makes it smaller still. A percentile of
/// thousands of resamples is itself uncertain by a thousand times as much.
const LEFT: f64 = 1e-7;

/// Where roots are looked for.
#[derive(Debug, Clone)]
pub(super) struct Neighbourhood {
    width: usize,
    vectors: Square,
    transposed: Square,
    /// The eigenvalues as a diagonal, their roots, and one through these.
    values: Square,
    roots: Square,
    inverse: Vec<[f64; 4]>,
    /// One through the sums of two roots.
    steps: Square,
    /// The smallest eigenvalue: what is left of a root weighs most along its vector.
    least: f64,
    // Room for one resample.
    turned: Square,
    root: Square,
    product: Square,
}

impl Neighbourhood {
    /// Around known correlations.
    ///
    /// # Errors
    /// [`Undefined::Collinear`].
    pub fn of(correlations: &Square) -> Result<Self, Undefined> {
        let width = correlations.width();
        let eigen = correlations.matrix().symmetric_eigen();
        if eigen.eigenvalues.iter().any(|value| *value < 1e-12) {
            return Err(Undefined::Collinear);
        }
        let vectors = &eigen.eigenvectors;
        let of = |at: usize| eigen.eigenvalues.get(at).map_or(1.0, |value| value.sqrt());
        let mut inverse = vec![[0.0; 4]; width.div_ceil(4)];
        for (at, place) in inverse.as_flattened_mut().iter_mut().take(width).enumerate() {
            *place = 1.0 / of(at);
        }
        Ok(Self {
            width,
            vectors: Square::from_fn(width, |a, b| value(vectors, a, b)),
            transposed: Square::from_fn(width, |a, b| value(vectors, b, a)),
            values: Square::from_fn(width, |a, b| if a == b { of(a) * of(a) } else { 0.0 }),
            roots: Square::from_fn(width, |a, b| if a == b { of(a) } else { 0.0 }),
            inverse,
            steps: Square::from_fn(width, |a, b| 1.0 / (of(a) + of(b))),
            least: eigen.eigenvalues.iter().copied().fold(1.0, f64::min),
            turned: Square::zero(width),
            root: Square::zero(width),
            product: Square::zero(width),
        })
    }

    /// The relative weights of drivers with these correlations among each other, for each outcome with these
    /// correlations with it (filled up to fours).
    ///
    /// # Errors
    /// [`Undefined::Collinear`].
    pub fn weights(
        &mut self,
        among: &Square,
        outcomes: &[Vec<[f64; 4]>],
    ) -> Result<Vec<Vec<f64>>, Undefined> {
        let near = Near {
            neighbourhood: self,
            among,
            outcomes,
        };
        match wide(near) {
            Some(weights) => Ok(weights),
            None => decomposed(among, outcomes),
        }
    }

    /// Finds the root in the basis of the eigenvectors; then leaves the squares of the root itself in `product`.
    #[inline(always)]
    fn find_root(&mut self, among: &Square) -> bool {
        self.product.set_product(among, &self.vectors);
        self.turned.set_lower_product(&self.transposed, &self.product);
        self.root.clone_from(&self.roots);
        self.product.clone_from(&self.values);
        for _ in 0..MOST_STEPS {
            let left = self.step();
            if !left.is_finite() {
                return false;
            }
            if left <= LEFT * self.least {
                self.product.set_product(&self.vectors, &self.root);
                self.turned.set_lower_product(&self.product, &self.transposed);
                for (squares, roots) in self.product.lower_mut().zip(self.turned.lower()) {
                    for (square, root) in squares.iter_mut().zip(roots) {
                        *square = root.map(|root| root * root);
                    }
                }
                self.product.mirror();
                return true;
            }
            self.product.set_lower_product(&self.root, &self.root);
        }
        false
    }

    /// One step; returns how much was left before it, over the lower half. (A sum, in which what is not a number stays.)
    #[inline(always)]
    fn step(&mut self) -> f64 {
        let mut all = [0.0_f64; 4];
        let rows = self.root.lower_mut().zip(self.turned.lower());
        let rows = rows.zip(self.product.lower().zip(self.steps.lower()));
        for ((roots, wanted), (squares, steps)) in rows {
            let fours = roots.iter_mut().zip(wanted).zip(squares.iter().zip(steps));
            for ((root, wanted), (square, step)) in fours {
                (*root, all) = stepped(*root, *wanted, *square, *step, all);
            }
        }
        self.root.mirror();
        all.into_iter().sum()
    }

    #[inline(always)]
    fn of_outcome(&self, with: &[[f64; 4]]) -> Option<Vec<f64>> {
        let room = || vec![[0.0; 4]; self.width.div_ceil(4)];
        let (mut wanted, mut solution, mut reached) = (room(), room(), room());
        self.vectors.after(with, &mut wanted);
        for _ in 0..2 * MOST_STEPS {
            self.root.after(&solution, &mut reached);
            let mut all = [0.0_f64; 4];
            let places = solution.iter_mut().zip(&wanted);
            for ((solution, wanted), (reached, inverse)) in places.zip(reached.iter().zip(&self.inverse)) {
                (*solution, all) = stepped(*solution, *wanted, *reached, *inverse, all);
            }
            let all: f64 = all.into_iter().sum();
            if !all.is_finite() {
                return None;
            }
            if all <= LEFT * self.least {
                self.transposed.after(&solution, &mut reached);
                let squared: Vec<[f64; 4]> = reached
                    .iter()
                    .map(|four| four.map(|weight| weight * weight))
                    .collect();
                self.product.after(&squared, &mut reached);
                return Some(reached.as_flattened().iter().take(self.width).copied().collect());
            }
        }
        None
    }
}

/// Four places stepped towards what is wanted, and how much was left of all so far. (Everything is read before anything is written,
/// which lets a four be one vector.)
#[inline(always)]
fn stepped(
    [p, q, r, s]: [f64; 4],
    wanted: [f64; 4],
    reached: [f64; 4],
    steps: [f64; 4],
    [a, b, c, d]: [f64; 4],
) -> ([f64; 4], [f64; 4]) {
    let [i, j, k, l] = minus(wanted, reached);
    let [si, sj, sk, sl] = steps;
    (
        [
            i.mul_add(si, p),
            j.mul_add(sj, q),
            k.mul_add(sk, r),
            l.mul_add(sl, s),
        ],
        [a + i.abs(), b + j.abs(), c + k.abs(), d + l.abs()],
    )
}

#[inline(always)]
fn minus([a, b, c, d]: [f64; 4], [e, f, g, h]: [f64; 4]) -> [f64; 4] {
    [a - e, b - f, c - g, d - h]
}

/// The weights, if these correlations are near enough.
struct Near<'a> {
    neighbourhood: &'a mut Neighbourhood,
    among: &'a Square,
    outcomes: &'a [Vec<[f64; 4]>],
}

impl Work for Near<'_> {
    type Output = Option<Vec<Vec<f64>>>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        if !self.neighbourhood.find_root(self.among) {
            return None;
        }
        let mut weights = Vec::with_capacity(self.outcomes.len());
        for with in self.outcomes {
            weights.push(self.neighbourhood.of_outcome(with)?);
        }
        Some(weights)
    }
}

fn value(matrix: &DMatrix<f64>, row: usize, column: usize) -> f64 {
    matrix.get((row, column)).copied().unwrap_or(0.0)
}

/// The same by decomposition.
pub(super) fn decomposed(among: &Square, outcomes: &[Vec<[f64; 4]>]) -> Result<Vec<Vec<f64>>, Undefined> {
    let (matrix, width) = (among.matrix(), among.width());
    let of = |with: &Vec<[f64; 4]>| {
        let with = DVector::from_iterator(width, with.as_flattened().iter().take(width).copied());
        relative_weights_of(matrix.clone(), &with)
    };
    outcomes.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::measure::numeric::real;

    /// Correlations of as many invented people as there are rows, the outcome's last.
    fn correlations(rows: &[Vec<f64>], width: usize) -> (Square, Vec<Vec<[f64; 4]>>) {
        let mean = |at: usize| rows.iter().map(|row| row[at]).sum::<f64>() / real(rows.len());
        let product = |a: usize, b: usize| {
            let (x, y) = (mean(a), mean(b));
            rows.iter().map(|row| (row[a] - x) * (row[b] - y)).sum::<f64>()
        };
        let own = |a: usize, b: usize| product(a, b) / (product(a, a) * product(b, b)).sqrt();
        let mut with = vec![[0.0; 4]; width.div_ceil(4)];
        for (at, place) in with.as_flattened_mut().iter_mut().take(width).enumerate() {
            *place = own(at, width);
        }
        (Square::from_fn(width, own), vec![with])
    }

    /// People whose answers have something in common.
    fn people(width: usize) -> impl Strategy<Value = Vec<Vec<f64>>> {
        let row = (-1.0..1.0_f64, prop::collection::vec(-1.0..1.0_f64, width + 1));
        let row = row.prop_map(|(common, own)| own.iter().map(|own| common + own).collect());
        prop::collection::vec(row, 60..90)
    }

    proptest! {
        #[test]
        fn weights_near_and_far_are_those_of_the_decomposition(
            (width, rows, other) in (1..14_usize).prop_flat_map(|width| (Just(width), people(width), people(width))),
        ) {
            let (known, _) = correlations(&rows, width);
            let mut neighbourhood = Neighbourhood::of(&known).unwrap();
            // A half of the same people is near; others are far, and may take the long way.
            for rows in [&rows[..50], &other[..]] {
                let (among, outcomes) = correlations(rows, width);
                let quick = neighbourhood.weights(&among, &outcomes).unwrap();
                let slow = decomposed(&among, &outcomes).unwrap();
                for (quick, slow) in quick.concat().iter().zip(slow.concat()) {
                    prop_assert!((quick - slow).abs() < 1e-6, "{} {}", quick, slow);
                }
            }
        }
    }

    #[test]
    fn near_correlations_are_not_decomposed() {
        let known = Square::from_fn(5, |a, b| if a == b { 1.0 } else { 0.4 });
        let near = Square::from_fn(5, |a, b| if a == b { 1.0 } else { 0.4 + 0.01 * real(a + b) });
        assert!(Neighbourhood::of(&known).unwrap().find_root(&near));
    }

    #[test]
    fn what_is_no_matrix_of_correlations_gets_no_weights() {
        let known = Square::from_fn(3, |a, b| if a == b { 1.0 } else { 0.2 });
        let impossible = Square::from_fn(3, |a, b| {
            if a == b {
                1.0
            } else if a + b == 1 {
                -0.9
            } else {
                0.9
            }
        });
        let mut neighbourhood = Neighbourhood::of(&known).unwrap();
        let outcomes = [vec![[0.5, 0.5, 0.5, 0.0]]];
        assert_eq!(
            neighbourhood.weights(&impossible, &outcomes),
            Err(Undefined::Collinear)
        );
        let same = Square::from_fn(3, |_, _| 1.0);
        assert_eq!(neighbourhood.weights(&same, &outcomes), Err(Undefined::Collinear));
        assert!(matches!(Neighbourhood::of(&same), Err(Undefined::Collinear)));
    }
}
