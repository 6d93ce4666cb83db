//! One kind of work.

/// Work on one batch, which can be done again and again.
pub type Work = Box<dyn FnMut()>;

/// A row of the table.
pub struct Row {
    pub name: String,
    /// How many are in the smaller of the two batches that are measured.
    pub records: usize,
    /// Makes the work on a batch of so many records; what that takes is not measured.
    pub prepare: Box<dyn Fn(usize) -> Work>,
}

impl Row {
    /// Work on a batch of any size. A step takes 5 to 20 us, so a few records have to do; two runs are equal all the same.
    pub fn new(name: impl Into<String>, prepare: impl Fn(usize) -> Work + 'static) -> Self {
        Self { name: name.into(), records: 2, prepare: Box::new(prepare) }
    }

    /// With as many records.
    pub fn of(self, records: usize) -> Self {
        Self { records, ..self }
    }
}
