//! Relative weights of correlations that are near known ones, as those of a resample are near everybody's.
//!
//! Johnson's weights need the square root of the matrix of correlations among the drivers. An eigendecomposition of each of
//! thousands of resamples would be most of the work; but their roots all lie near that of everybody. In the basis of everybody's
//! eigenvectors a resample's matrix `E` is nearly diagonal, and Newton's method with the derivative kept at the diagonal,
//!
//! `Y <- Y + (E - Y Y) / (d_i + d_j)`, place by place, with `d` the roots of everybody's eigenvalues,
//!
//! meets its root in about ten small products. The weights `C^-1/2 r` follow by Jacobi's iteration on the same diagonal. For
//! a symmetric matrix with positive diagonal that iteration converges only if the matrix is positive definite, so what it
//! accepts is the one positive root. Where either does not converge, the matrix is decomposed after all.

use nalgebra::{DMatrix, DVector};

use super::square::Square;
use crate::measure::drivers::johnson::relative_weights_of;
use crate::measure::undefined::Undefined;
use crate::measure::wide::wide;

/// Beyond so many steps decomposing is faster.
const MOST_STEPS: usize = 40;
/// What may be left over all places, as a part of the largest eigenvalue: the last step makes it smaller still, far below
/// what an interval could show.
const LEFT: f64 = 1e-10;

/// Where roots are looked for.
#[derive(Debug, Clone)]
pub(super) struct Neighbourhood {
    width: usize,
    vectors: Square,
    transposed: Square,
    /// The roots of the eigenvalues as a diagonal, and one through them.
    roots: Square,
    inverse: Vec<[f64; 4]>,
    /// One through the sums of two roots.
    steps: Square,
    most: f64,
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
            roots: Square::from_fn(width, |a, b| if a == b { of(a) } else { 0.0 }),
            inverse,
            steps: Square::from_fn(width, |a, b| 1.0 / (of(a) + of(b))),
            most: eigen.eigenvalues.iter().copied().fold(0.0, f64::max),
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
        let found = wide(|| {
            if !self.find_root(among) {
                return None;
            }
            let quick = outcomes.iter().map(|with| self.of_outcome(with));
            quick.collect::<Option<Vec<_>>>()
        });
        match found {
            Some(weights) => Ok(weights),
            None => decomposed(among, outcomes),
        }
    }

    /// Finds the root in the basis of the eigenvectors; then leaves the squares of the root itself in `product`.
    #[inline(always)]
    fn find_root(&mut self, among: &Square) -> bool {
        self.product.set_product(among, &self.vectors);
        self.turned.set_product(&self.transposed, &self.product);
        // The first step, from the known root.
        self.root.clone_from(&self.roots);
        self.product.set_product(&self.roots, &self.roots);
        self.step();
        for _ in 0..MOST_STEPS {
            self.product.set_product(&self.root, &self.root);
            let left = self.step();
            if !left.is_finite() {
                return false;
            }
            if left <= LEFT * self.most {
                self.product.set_product(&self.vectors, &self.root);
                self.turned.set_product(&self.product, &self.transposed);
                for (square, root) in self.product.places_mut().iter_mut().zip(self.turned.places()) {
                    *square = root.map(|root| root * root);
                }
                return true;
            }
        }
        false
    }

    /// One step; returns how much was left before it, over all places. (A sum, in which what is not a number stays.)
    #[inline(always)]
    fn step(&mut self) -> f64 {
        let mut all = [0.0_f64; 4];
        let places = self.root.places_mut().iter_mut().zip(self.turned.places());
        let beside = self.product.places().iter().zip(self.steps.places());
        for ((root, wanted), (square, step)) in places.zip(beside) {
            let four = root.iter_mut().zip(wanted).zip(square.iter().zip(step));
            for (((root, wanted), (square, step)), all) in four.zip(&mut all) {
                let left = wanted - square;
                *root += left * step;
                *all += left.abs();
            }
        }
        all.into_iter().sum()
    }

    #[inline(always)]
    fn of_outcome(&self, with: &[[f64; 4]]) -> Option<Vec<f64>> {
        let room = || vec![[0.0; 4]; self.width.div_ceil(4)];
        let (mut wanted, mut solution, mut reached) = (room(), room(), room());
        self.vectors.after(with, &mut wanted);
        for _ in 0..2 * MOST_STEPS {
            self.root.after(&solution, &mut reached);
            let mut all = 0.0_f64;
            let places = solution.as_flattened_mut().iter_mut().zip(wanted.as_flattened());
            let beside = reached.as_flattened().iter().zip(self.inverse.as_flattened());
            for ((solution, wanted), (reached, inverse)) in places.zip(beside) {
                let left = wanted - reached;
                *solution += left * inverse;
                all += left.abs();
            }
            if !all.is_finite() {
                return None;
            }
            if all <= LEFT {
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
                    prop_assert!((quick - slow).abs() < 1e-9, "{} {}", quick, slow);
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
