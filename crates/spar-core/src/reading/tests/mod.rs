//! What the reader must recognise, and what it must leave alone.
