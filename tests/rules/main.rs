//! What the repository asks of itself: the order of its code, and examples that are understood.

mod architecture;
mod example_configuration;
mod functions;
mod portable_sql;
mod prose;
mod siblings;
