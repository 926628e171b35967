//! The distributions underneath, against 30-digit arithmetic (mpmath) and scipy.

use rapport::measure::numeric::noncentral::noncentral_t_lower;
use rapport::measure::numeric::{
    beta_quantile, chi_squared_upper, f_quantile, f_upper, incomplete_beta, normal_quantile, normal_upper,
    normal_upper_quantile, t_two_sided, t_upper, t_upper_quantile,
};

/// Relative agreement, as the engine promises for every figure.
#[track_caller]
fn assert_same(actual: f64, expected: f64, what: &str) {
    let distance = (actual - expected).abs();
    assert!(
        distance <= 1e-9 * expected.abs() + 1e-300,
        "{what}: {actual:e}, not {expected:e}"
    );
}

#[test]
fn p_values_of_students_t_keep_their_digits_far_into_the_tail() {
    for (t, df, p) in [
        (0.5, 1.0, 0.7048327646991335),
        (12.7, 1.0, 0.05002432768934416),
        (2.0, 2.5, 0.157391495757966),
        (3.3, 17.83, 0.004021101149011135),
        (8.0, 30.0, 6.265822475700759e-09),
        (14.08, 199.0, 1.0719303925396586e-31),
        (40.0, 28.0, 2.9857214075343436e-26),
        (1.96, 100000.0, 0.04999856319430164),
        (6.0, 5000000.0, 1.9733101786457114e-09),
        (38.0, 1000.0, 2.9187578422600384e-196),
    ] {
        assert_same(t_two_sided(t, df), p, &format!("t = {t}, df = {df}"));
        assert_same(t_two_sided(-t, df), p, &format!("t = -{t}, df = {df}"));
    }
}

#[test]
fn quantiles_of_students_t_hold_for_few_and_many_degrees_of_freedom() {
    for (tail, df, t) in [
        (0.025, 1.0, 12.706204736174705),
        (0.025, 2.0, 4.302652729749464),
        (0.025, 1.3, 7.500529325562033),
        (0.005, 2.7, 6.5331284334084545),
        (0.025, 9.0, 2.2621571627982053),
        (0.05, 17.83, 1.734959754993614),
        (0.025, 199.0, 1.9719565442517537),
        (0.025, 2000000.0, 1.959965170676375),
        (1e-10, 4.0, 416.1751403296041),
        (1e-15, 60.0, 10.631395441985523),
        (0.4, 3.0, 0.27667066233268983),
    ] {
        assert_same(t_upper_quantile(tail, df), t, &format!("tail {tail}, df = {df}"));
        assert_same(
            t_upper_quantile(1.0 - 0.25, df),
            -t_upper_quantile(0.25, df),
            "symmetry",
        );
    }
}

#[test]
fn the_incomplete_beta_function_holds_for_the_counts_of_a_whole_state() {
    for (a, b, x, p) in [
        (0.5, 0.5, 0.3, 0.36901011956554536),
        (2.0, 3.0, 0.01, 0.00059203),
        (19.0, 12.0, 0.5, 0.10024421103298664),
        (1400.5, 1373.5, 0.49, 0.05866102683332533),
        (50000.0, 50000.0, 0.5, 0.5),
        (50000.0, 50000.0, 0.4985, 0.17139091590222477),
        (300000.0, 700000.0, 0.3007, 0.9366366865435398),
        (0.001, 5.0, 0.2, 0.9997834456464277),
        (12.0, 1000000.0, 1e-05, 0.3032357961383801),
    ] {
        assert_same(incomplete_beta(a, b, x, 1.0 - x), p, &format!("I_{x}({a}, {b})"));
        assert_same(
            beta_quantile(p, a, b),
            x,
            &format!("quantile of I({a}, {b}) at {p}"),
        );
    }
}

#[test]
fn normal_and_chi_squared_tails_match() {
    for (z, p) in [
        (-3.0, 0.9986501019683699),
        (0.0, 0.5),
        (0.3, 0.3820885778110474),
        (1.96, 0.024997895148220435),
        (5.0, 2.866515718791939e-07),
        (10.0, 7.619853024160525e-24),
        (30.0, 4.906713927148187e-198),
        (37.0, 5.725571222524577e-300),
    ] {
        assert_same(normal_upper(z), p, &format!("P(Z > {z})"));
    }
    for (p, z) in [
        (1e-20, 9.262340089798153),
        (1e-5, 4.264890793922825),
        (0.025, 1.9599639845400543),
    ] {
        assert_same(normal_upper_quantile(p), z, &format!("z at {p}"));
        assert_same(normal_quantile(p), -z, &format!("z at {p}"));
    }
    for (x, df, p) in [
        (0.1, 1.0, 0.7518296340458492),
        (3.84, 1.0, 0.05004352124870519),
        (152.233, 12.0, 1.9967721373353058e-26),
        (0.63188, 3.0, 0.8890969453636555),
        (5000.0, 4800.0, 0.02167398920030608),
        (2.0, 300.0, 1.0),
    ] {
        assert_same(chi_squared_upper(x, df), p, &format!("P(chi2({df}) > {x})"));
    }
}

#[test]
fn the_noncentral_t_matches_scipy() {
    for (t, df, shift, p) in [
        (2.0, 10.0, 1.5, 0.6591540724421909),
        (-1.0, 5.0, 0.7, 0.056958047365786885),
        (0.0, 8.0, -1.0, 0.8413447460685429),
        (12.0, 2772.0, 11.0, 0.8379808150577864),
        (-7.45, 2772.0, -7.2, 0.40203338523816123),
        (3.0, 30.0, 6.0, 0.0024371309432086753),
    ] {
        assert_same(
            noncentral_t_lower(t, df, shift),
            p,
            &format!("T({df}, {shift}) <= {t}"),
        );
    }
}

#[test]
fn f_is_consistent_with_t_and_with_its_own_quantile() {
    for df in [1.0, 4.0, 29.0, 5000.0] {
        assert_same(
            f_upper(4.0, 1.0, df),
            t_two_sided(2.0, df),
            "F(1, df) is t squared",
        );
        for p in [0.025, 0.5, 0.975] {
            let f = f_quantile(p, 12.0, df);
            assert_same(f_upper(f, 12.0, df), 1.0 - p, "quantile of F");
        }
    }
    assert_same(t_upper(-1.0, 7.0), 1.0 - t_upper(1.0, 7.0), "symmetry of t");
}
