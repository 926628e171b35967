//! Linear algebra over a prime field: exact, and nothing of the plan's own.

const PRIME: u64 = (1 << 61) - 1;

/// The combinations of some vectors, over the prime field.
pub struct Space {
    /// Reduced rows, each with the place of its leading one.
    rows: Vec<(usize, Vec<u64>)>,
}

impl Space {
    pub fn of(vectors: impl Iterator<Item = Vec<u64>>) -> Self {
        let mut space = Self { rows: Vec::new() };
        for vector in vectors {
            let mut rest = space.reduced(vector);
            if let Some(lead) = rest.iter().position(|value| *value != 0) {
                let inverse = power(rest[lead], PRIME - 2);
                rest.iter_mut().for_each(|value| *value = times(*value, inverse));
                space.rows.push((lead, rest));
            }
        }
        space
    }

    /// Whether a vector is a combination of them.
    pub fn holds(&self, vector: Vec<u64>) -> bool {
        self.reduced(vector).iter().all(|value| *value == 0)
    }

    /// The last entry that a vector must have to be a combination, when all others are given: its value, if it follows.
    pub fn value(&self, vector: Vec<u64>) -> Option<u64> {
        let rest = self.reduced(vector);
        let (last, others) = rest.split_last()?;
        others
            .iter()
            .all(|value| *value == 0)
            .then(|| (PRIME - last) % PRIME)
    }

    fn reduced(&self, mut vector: Vec<u64>) -> Vec<u64> {
        for (lead, row) in &self.rows {
            let factor = vector[*lead];
            if factor != 0 {
                for (value, other) in vector.iter_mut().zip(row) {
                    *value = (*value + PRIME - times(factor, *other)) % PRIME;
                }
            }
        }
        vector
    }
}

fn times(a: u64, b: u64) -> u64 {
    u64::try_from(u128::from(a) * u128::from(b) % u128::from(PRIME)).unwrap()
}

fn power(base: u64, mut exponent: u64) -> u64 {
    let (mut result, mut square) = (1, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, square);
        }
        square = times(square, square);
        exponent >>= 1;
    }
    result
}
