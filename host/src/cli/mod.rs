//! The subcommands: the composition root, which may name everything.
