//! The plain primitive schemas, whose ids are constants of the format.

use std::sync::LazyLock;

use super::{Schema, SchemaBuilder, Type};

/// Ids below this belong to the format.
pub(crate) const BUILTIN_END: u32 = 32;

const FIRST: u32 = 2;

static BUILTINS: LazyLock<Vec<Schema>> = LazyLock::new(|| {
    let primitives = Type::ALL.iter().filter(|ty| ty.is_primitive());
    primitives.flat_map(|&ty| [false, true].map(|optional| SchemaBuilder::new(ty).plain(optional))).collect()
});

/// The schema of a constant id: 2k required, 2k + 1 optional for the type number k.
pub(crate) fn builtin(id: u32) -> Option<&'static Schema> {
    BUILTINS.get(id.checked_sub(FIRST)? as usize)
}

/// Whether [`builtin`] has that id.
pub(crate) fn is_builtin(id: u32) -> bool {
    (FIRST..FIRST + 2 * u32::from(Type::Bytes.code())).contains(&id)
}
