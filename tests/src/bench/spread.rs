//! The least, the middle and the most of several runs.

/// Of at least one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub min: f64,
    pub median: f64,
    pub max: f64,
}

impl Spread {
    /// None: there was no run.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 };
        Some(Self { min, median, max })
    }

    /// `1.20 (1.10-1.35)`, each as `digit` writes it.
    pub fn show(&self, digit: impl Fn(f64) -> String) -> String {
        if self.min == self.max {
            return digit(self.median);
        }
        format!("{} ({}-{})", digit(self.median), digit(self.min), digit(self.max))
    }
}
