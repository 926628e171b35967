//! How many gave each answer.

use crate::measure::parallel::{Workers, in_parts};
use crate::measure::undefined::Undefined;

use super::columns::Columns;
use super::groups::Grouping;

/// How often each raw answer 1 to `points` was given to the item in one column, group by group: `result[group][raw - 1]`.
/// Everything else is missing and counted nowhere.
///
/// # Errors
/// [`Undefined::UnequalLengths`] when there are not as many group numbers as rows.
pub fn count_answers(
    columns: &Columns,
    column: usize,
    points: u8,
    grouping: Grouping<'_>,
    workers: Workers,
) -> Result<Vec<Vec<u64>>, Undefined> {
    grouping.check(columns.rows())?;
    let width = usize::from(points);
    let answers = columns.column(column);
    let parts = in_parts(answers.len(), 1, workers, |rows| {
        let mut counts = vec![0_u64; grouping.groups * width];
        let groups = grouping.of_row.get(rows.clone()).unwrap_or(&[]);
        for (answer, group) in answers.get(rows).unwrap_or(&[]).iter().zip(groups) {
            let worst = answer.wrapping_sub(1);
            let group = usize::try_from(*group)
                .ok()
                .filter(|group| *group < grouping.groups);
            if worst < points
                && let Some(group) = group
                && let Some(cell) = counts.get_mut(group * width + usize::from(worst))
            {
                *cell += 1;
            }
        }
        counts
    });
    let mut all = vec![0_u64; grouping.groups * width];
    for part in &parts {
        for (all, part) in all.iter_mut().zip(part) {
            *all += part;
        }
    }
    if width == 0 {
        return Ok(vec![Vec::new(); grouping.groups]);
    }
    Ok(all.chunks(width).map(<[u64]>::to_vec).collect())
}
