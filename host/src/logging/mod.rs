//! Log lines with the connector's context.
