//! Runs the connectors and tasks that the herder assigned: one actor and one Store each.
