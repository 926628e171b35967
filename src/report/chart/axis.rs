//! The vertical axis of scores from 0 to 100: wide enough not to dramatise, and frank about where it starts.

/// The least span of the axis in points: a move of two points must look like one.
const LEAST_SPAN: f64 = 20.0;

/// Where the axis starts and ends, with its ticks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScoreAxis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<f64>,
}

impl ScoreAxis {
    /// An axis that holds all finite `values`, in whole tens, within 0 to 100.
    pub(super) fn around(values: impl IntoIterator<Item = f64>) -> Self {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            least = least.min(value);
            most = most.max(value);
        }
        if least > most {
            (least, most) = (0.0, 100.0);
        }
        let mut low = ((least / 10.0).floor() * 10.0).clamp(0.0, 100.0 - LEAST_SPAN);
        let mut high = ((most / 10.0).ceil() * 10.0).clamp(low, 100.0);
        if high - low < LEAST_SPAN {
            let middle = (least + most) / 2.0;
            low = (((middle - LEAST_SPAN / 2.0) / 10.0).round() * 10.0).clamp(0.0, 100.0 - LEAST_SPAN);
            high = low + LEAST_SPAN;
        }
        if most > high {
            high = (high + 10.0).min(100.0);
        }
        if least < low {
            low = (low - 10.0).max(0.0);
        }
        let step = match high - low {
            span if span <= 30.0 => 5.0,
            span if span <= 60.0 => 10.0,
            _ => 20.0,
        };
        let mut ticks = vec![low];
        let mut tick = (low / step).floor() * step + step;
        while tick < high + step / 2.0 {
            ticks.push(tick.min(high));
            tick += step;
        }
        Self { low, high, ticks }
    }

    /// The place of a value between `bottom` and `top` (pixels, `top` being the smaller; or shares from left to right).
    pub(super) fn place(&self, value: f64, bottom: f64, top: f64) -> f64 {
        let share = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        bottom - share * (bottom - top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_close_values_do_not_fill_the_axis() {
        let axis = ScoreAxis::around([61.0, 62.0]);
        assert!(axis.high - axis.low >= 20.0, "{axis:?}");
        assert!(axis.low <= 61.0 && axis.high >= 62.0, "{axis:?}");
    }

    #[test]
    fn every_value_lies_within_and_the_axis_stays_on_the_scale() {
        for pair in [
            (0.0, 0.0),
            (100.0, 100.0),
            (3.0, 97.0),
            (38.9, 60.2),
            (89.0, 99.5),
            (9.0, 11.0),
        ] {
            let axis = ScoreAxis::around([pair.0, pair.1]);
            assert!(axis.low >= 0.0 && axis.high <= 100.0, "{pair:?} {axis:?}");
            assert!(axis.low <= pair.0 && pair.1 <= axis.high, "{pair:?} {axis:?}");
            assert!(axis.high - axis.low >= LEAST_SPAN, "{pair:?} {axis:?}");
            assert_eq!(axis.ticks.last(), Some(&axis.high), "{pair:?}");
        }
    }

    #[test]
    fn no_values_give_the_whole_scale() {
        let axis = ScoreAxis::around([f64::NAN]);
        assert_eq!((axis.low, axis.high), (0.0, 100.0));
    }
}
