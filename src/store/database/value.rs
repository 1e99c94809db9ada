//! Values of statements' parameters and of rows' columns, the same for all database engines.

use std::borrow::Cow;

use super::{Error, Result};

/// The value of one column. Numbers that are not whole are not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Value<'v> {
    Null,
    Integer(i64),
    Text(Cow<'v, str>),
    Bytes(&'v [u8]),
}

impl Value<'_> {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Integer(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
        }
    }

    /// The text.
    ///
    /// # Errors
    /// Where it is something else.
    pub(in crate::store) fn text(&self) -> Result<&str> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(self.unexpected("a text")),
        }
    }

    /// The error that something else was expected.
    pub(super) fn unexpected(&self, expected: &str) -> Error {
        Error::Value(format!("expected {expected}; found {}", self.kind()))
    }
}

/// A type whose values can be parameters of a statement.
pub(in crate::store) trait ToSql {
    /// # Errors
    /// Where the engines have no such value: a number over 2^63-1.
    fn to_sql(&self) -> Result<Value<'_>>;
}

/// A type whose values can be read from a column.
pub(in crate::store) trait FromSql: Sized {
    /// # Errors
    /// Where the column has something else.
    fn from_sql(value: Value<'_>) -> Result<Self>;
}

/// No value.
pub(in crate::store) struct Null;

impl ToSql for Null {
    fn to_sql(&self) -> Result<Value<'_>> {
        Ok(Value::Null)
    }
}

impl<T: ToSql + ?Sized> ToSql for &T {
    fn to_sql(&self) -> Result<Value<'_>> {
        (**self).to_sql()
    }
}

impl<T: ToSql> ToSql for Option<T> {
    fn to_sql(&self) -> Result<Value<'_>> {
        self.as_ref().map_or(Ok(Value::Null), ToSql::to_sql)
    }
}

impl<T: FromSql> FromSql for Option<T> {
    fn from_sql(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            value => T::from_sql(value).map(Some),
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> Result<Value<'_>> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        })
    }
}

/// Any value that a column of the store has; none has bytes.
impl FromSql for Value<'static> {
    fn from_sql(value: Value<'_>) -> Result<Self> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(number),
            Value::Text(text) => Self::Text(Cow::Owned(text.into_owned())),
            Value::Bytes(_) => return Err(value.unexpected("a number or a text")),
        })
    }
}

/// Whole numbers, which both engines keep as 64 bits with a sign.
macro_rules! integers {
    ($($number:ty)+) => {$(
        impl ToSql for $number {
            fn to_sql(&self) -> Result<Value<'_>> {
                let number = i64::try_from(*self);
                number.map(Value::Integer).map_err(|_| Error::Value(format!("{self} is too large a number")))
            }
        }

        impl FromSql for $number {
            fn from_sql(value: Value<'_>) -> Result<Self> {
                let Value::Integer(number) = value else {
                    return Err(value.unexpected("a number"));
                };
                Self::try_from(number).map_err(|_| {
                    Error::Value(format!("expected a number from {} to {}; found {number}", Self::MIN, Self::MAX))
                })
            }
        }
    )+};
}

integers!(i32 i64 u16 u32 u64 usize);

impl ToSql for bool {
    fn to_sql(&self) -> Result<Value<'_>> {
        Ok(Value::Integer(i64::from(*self)))
    }
}

impl FromSql for bool {
    fn from_sql(value: Value<'_>) -> Result<Self> {
        i64::from_sql(value).map(|number| number != 0)
    }
}

impl ToSql for str {
    fn to_sql(&self) -> Result<Value<'_>> {
        Ok(Value::Text(Cow::Borrowed(self)))
    }
}

impl ToSql for String {
    fn to_sql(&self) -> Result<Value<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for String {
    fn from_sql(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Text(text) => Ok(text.into_owned()),
            value => Err(value.unexpected("a text")),
        }
    }
}

impl ToSql for [u8] {
    fn to_sql(&self) -> Result<Value<'_>> {
        Ok(Value::Bytes(self))
    }
}

impl ToSql for Vec<u8> {
    fn to_sql(&self) -> Result<Value<'_>> {
        self.as_slice().to_sql()
    }
}

impl FromSql for Vec<u8> {
    fn from_sql(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Bytes(bytes) => Ok(bytes.to_vec()),
            value => Err(value.unexpected("bytes")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{FromSql, ToSql, Value};

    #[test]
    fn what_does_not_fit_is_said_and_not_cut() {
        let read = u16::from_sql(Value::Integer(65_536)).map_err(|error| error.to_string());
        let expected = "expected a number from 0 to 65535; found 65536";
        assert_eq!(read, Err(expected.to_owned()));
        assert!(u32::from_sql(Value::Integer(-1)).is_err());
        assert!(u64::MAX.to_sql().is_err());
        assert_eq!(
            u64::from_sql(Value::Integer(i64::MAX)).unwrap(),
            (1 << 63) - 1
        );
        let text = String::from_sql(Value::Null).map_err(|error| error.to_string());
        assert_eq!(text, Err("expected a text; found nothing".to_owned()));
        assert!(i64::from_sql(Value::Text(Cow::Borrowed("1"))).is_err());
        assert_eq!(Option::<i64>::from_sql(Value::Null).unwrap(), None);
    }
}
