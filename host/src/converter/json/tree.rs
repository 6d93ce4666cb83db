//! A JSON text as a tree that borrows from it, for who has to look at a value as a whole. Numbers stay text.

use std::borrow::Cow;

use wasm_connect_batch::Limits;

use super::reader::{Kind, Reader, SyntaxError};
use crate::converter::ConvertError;
use crate::converter::distinct::Distinct;

/// One value.
pub(in crate::converter) enum Tree<'a> {
    Null,
    Boolean(bool),
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Tree<'a>>),
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

impl<'a> Tree<'a> {
    /// Reads a text, all of it.
    pub(in crate::converter) fn parse(text: &'a [u8]) -> Result<Self, ConvertError> {
        let mut reader = Reader::new(text);
        let failed = |error: SyntaxError| ConvertError(format!("it is no JSON: {error}"));
        let tree = Self::read(&mut reader).map_err(failed)?;
        match (tree, reader.rest().iter().all(u8::is_ascii_whitespace)) {
            (Some(tree), true) => Ok(tree),
            (Some(_), false) => Err(ConvertError("it is no JSON: there is more after the value".to_owned())),
            (None, _) => {
                let most = 2 * Limits::DEPTH;
                Err(ConvertError(format!("it is no JSON value, or one that is nested deeper than {most}")))
            }
        }
    }

    /// None: there is no value, or it is nested too deep.
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, SyntaxError> {
        if reader.depth() > 2 * Limits::DEPTH {
            return Ok(None);
        }
        Ok(Some(match reader.kind()? {
            Kind::Missing => return Ok(None),
            Kind::Null => {
                reader.null()?;
                Tree::Null
            }
            Kind::Boolean => Tree::Boolean(reader.boolean()?),
            Kind::Number => Tree::Number(reader.number()?),
            Kind::String => Tree::String(reader.string()?),
            Kind::Array => {
                let mut items = Vec::new();
                reader.open_array()?;
                while reader.item(items.is_empty())? {
                    let Some(item) = Self::read(reader)? else { return Ok(None) };
                    items.push(item);
                }
                Tree::Array(items)
            }
            Kind::Object => {
                let (mut members, mut first) = (Distinct::new(), true);
                reader.open_object()?;
                while let Some(name) = reader.member(first)? {
                    first = false;
                    let Some(value) = Self::read(reader)? else { return Ok(None) };
                    members.insert(name, value);
                }
                Tree::Object(members.into_entries())
            }
        }))
    }

    /// The member of that name; none if this is no object.
    pub(in crate::converter) fn get(&self, name: &str) -> Option<&Tree<'a>> {
        match self {
            Tree::Object(members) => members.iter().find(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Jackson's `JsonNodeType`.
    pub(in crate::converter) fn node_type(&self) -> &'static str {
        match self {
            Tree::Null => "NULL",
            Tree::Boolean(_) => "BOOLEAN",
            Tree::Number(_) => "NUMBER",
            Tree::String(_) => "STRING",
            Tree::Array(_) => "ARRAY",
            Tree::Object(_) => "OBJECT",
        }
    }
}
