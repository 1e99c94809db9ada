//! Tokens: who may write, or read what is not public. Of a token only a hash is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::database::{self, Connection};
use super::place::StorePlace;
use super::restore_folders::STAGE;
use super::scope::Scope;
use super::sqlite::moment;
use super::sqlite::open_beside;
use super::store_files::DATABASE;
use super::{Store, StoreError};

/// The prefix of every token, by which scanners of source code and logs find leaked ones.
const PREFIX: &str = "courant_";

/// Number of bytes of a token's id, which is no secret.
const ID_BYTES: usize = 6;

/// The number of secret bytes in a token.
const SECRET_BYTES: usize = 32;

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The id of the token, which is no secret.
    pub id: String,
    /// The holder of the token, who is the actor in the log of what is written with it.
    pub name: String,
    pub scope: Scope,
    pub created_at: DateTime<Utc>,
    pub ends_at: Option<DateTime<Utc>>,
}

/// Why a token cannot be made or ended.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error(
        "there is a token {name} already; rotate it (courant token rotate {name}), or choose another name"
    )]
    NameTaken { name: String },
    #[error("there is no token {name}; courant token list shows those that there are")]
    Unknown { name: String },
    #[error(
        "the token {name} has ended; make one anew (courant token create {name} --scope SCOPE)"
    )]
    Ended { name: String },
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<database::Error> for TokenError {
    fn from(error: database::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// The token that `secret` is, if it is one that has not ended.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn token(&self, secret: &str, now: DateTime<Utc>) -> Result<Option<Token>, StoreError> {
        let Some((id, _)) = secret
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
        else {
            return Ok(None);
        };
        let known = self.reading(|connection| {
            let found = connection.row(&format!("{TOKEN} WHERE id = ?1"), [id], token_of)?;
            Ok(found)
        })?;
        let hash = hash(secret);
        Ok(known
            .filter(|(_, known)| bool::from(known.as_bytes().ct_eq(hash.as_bytes())))
            .map(|(token, _)| token)
            .filter(|token| token.ends_at.is_none_or(|end| now < end)))
    }
}

/// The tokens of a store, to be changed beside a server that may be running.
pub struct Tokens {
    connection: Connection,
}

impl Tokens {
    /// Opens those of the store at that place, making the store if there is none.
    ///
    /// # Errors
    /// If the store cannot be opened.
    pub fn open(place: &StorePlace, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let folder = place.folder();
        match Store::open_at(place, now) {
            // Tokens of the store that is replaced were read already.
            Err(StoreError::InUse { .. }) if folder.join(STAGE).exists() => {
                let path = folder.to_owned();
                return Err(StoreError::Restoring { path });
            }
            // A server that runs has brought it up to date.
            Ok(_) | Err(StoreError::InUse { .. }) => {}
            Err(error) => return Err(error),
        }
        // A missing store is not created: the running server would never read it.
        let connection = match place.server() {
            Some(server) => server.connect().map_err(|error| server.refused(&error))?,
            None => open_beside(&place.folder().join(DATABASE))?,
        };
        Ok(Self { connection })
    }

    /// Makes a token; what comes back is told once and kept nowhere.
    ///
    /// # Errors
    /// If there is one of that name, or the store fails.
    pub fn create(
        &mut self,
        name: &str,
        scope: &Scope,
        ends_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<String, TokenError> {
        let transaction = self.connection.write()?;
        let live = of_name(&transaction, name)?
            .into_iter()
            .any(|token| token.ends_at.is_none_or(|end| now < end));
        if live {
            return Err(TokenError::NameTaken {
                name: name.to_owned(),
            });
        }
        let secret = insert(&transaction, name, scope, ends_at, now)?;
        transaction.commit()?;
        Ok(secret)
    }

    /// Makes another token of the same name and scope; those before it end after `overlap`.
    ///
    /// # Errors
    /// If there is none of that name, or the store fails.
    pub fn rotate(
        &mut self,
        name: &str,
        overlap: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<String, TokenError> {
        let transaction = self.connection.write()?;
        let tokens = of_name(&transaction, name)?;
        let Some(newest) = tokens.iter().max_by_key(|token| token.created_at) else {
            return Err(TokenError::Unknown {
                name: name.to_owned(),
            });
        };
        if newest.ends_at.is_some_and(|end| end <= now) {
            return Err(TokenError::Ended {
                name: name.to_owned(),
            });
        }
        let end = (now + overlap).timestamp_millis();
        transaction.run(
            "UPDATE token SET ends_at = ?2 WHERE name = ?1 AND (ends_at IS NULL OR ends_at > ?2)",
            (name, end),
        )?;
        let secret = insert(&transaction, name, &newest.scope, newest.ends_at, now)?;
        transaction.commit()?;
        Ok(secret)
    }

    /// Ends all tokens of that name at once.
    ///
    /// # Errors
    /// If there is none of that name, or the store fails.
    pub fn revoke(&mut self, name: &str) -> Result<(), TokenError> {
        let ended = self
            .connection
            .change("DELETE FROM token WHERE name = ?1", [name])?;
        match ended {
            0 => Err(TokenError::Unknown {
                name: name.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Every token, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn list(&self) -> Result<Vec<Token>, StoreError> {
        let rows =
            self.connection
                .rows(&format!("{TOKEN} ORDER BY created_at, id"), (), token_of)?;
        Ok(rows.into_iter().map(|(token, _)| token).collect())
    }
}

const TOKEN: &str = "SELECT id, name, scope, created_at, ends_at, hash FROM token";

fn of_name(connection: &Connection, name: &str) -> database::Result<Vec<Token>> {
    let rows = connection.rows(&format!("{TOKEN} WHERE name = ?1"), [name], token_of)?;
    Ok(rows.into_iter().map(|(token, _)| token).collect())
}

fn insert(
    connection: &Connection,
    name: &str,
    scope: &Scope,
    ends_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<String, TokenError> {
    let mut bytes = [0; ID_BYTES + SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(TokenError::Random)?;
    let (id, secret) = bytes.split_at(ID_BYTES);
    let id = hex::encode(id);
    let secret = format!("{PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(secret));
    connection.run("INSERT INTO token (id, hash, name, scope, created_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            &id,
            hash(&secret),
            name,
            scope.to_string(),
            now.timestamp_millis(),
            ends_at.map(|end| end.timestamp_millis()),
        ))?;
    Ok(secret)
}

fn token_of(row: &database::Row<'_>) -> database::Result<(Token, String)> {
    let scope: String = row.get(2)?;
    let ends_at: Option<i64> = row.get(4)?;
    let token = Token {
        id: row.get(0)?,
        name: row.get(1)?,
        // A scope of a newer version allows nothing here.
        scope: Scope::parse(&scope).unwrap_or(Scope::Sections(Vec::new())),
        created_at: moment(row.get(3)?),
        ends_at: ends_at.map(moment),
    };
    Ok((token, row.get(5)?))
}

/// A token is as random as its hash, so that nothing is to be had by trying: no slow hash is needed.
fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Scope, StorePlace, TokenError, Tokens};
    use crate::store::Store;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_764_000_000_000).expect("a moment")
    }

    #[test]
    fn a_token_is_known_until_it_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut tokens =
            Tokens::open(&StorePlace::in_folder(folder.path()), now()).expect("tokens");
        let store = Store::open(folder.path(), now()).expect("a store");
        let end = now() + TimeDelta::days(1);
        let scope = Scope::Sections(vec!["city".to_owned()]);
        let secret = tokens
            .create("wire", &scope, Some(end), now())
            .expect("a token");
        let token = store
            .token(&secret, now())
            .expect("a look")
            .expect("a token");
        assert_eq!((token.name.as_str(), &token.scope), ("wire", &scope));
        assert!(token.scope.covers("city") && !token.scope.covers("harbour"));
        assert_eq!(store.token(&secret, end).expect("a look"), None);
        let mut wrong = secret.clone();
        let last = wrong.pop().expect("a letter");
        wrong.push(if last == 'A' { 'B' } else { 'A' });
        assert_eq!(store.token(&wrong, now()).expect("a look"), None);
        assert!(matches!(
            tokens.create("wire", &scope, None, now()),
            Err(TokenError::NameTaken { .. })
        ));
    }

    #[test]
    fn a_rotated_token_overlaps_and_a_revoked_one_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut tokens =
            Tokens::open(&StorePlace::in_folder(folder.path()), now()).expect("tokens");
        let store = Store::open(folder.path(), now()).expect("a store");
        let is_known = |secret: &str, at| store.token(secret, at).expect("a look").is_some();
        let first = tokens
            .create("desk", &Scope::Desk, None, now())
            .expect("a token");
        let later = now() + TimeDelta::hours(1);
        let second = tokens
            .rotate("desk", TimeDelta::hours(2), later)
            .expect("a token");
        assert!(is_known(&first, later) && is_known(&second, later));
        let end = later + TimeDelta::hours(2);
        assert!(!is_known(&first, end) && is_known(&second, end));
        tokens.revoke("desk").expect("an end");
        assert!(!is_known(&second, later));
        assert!(matches!(
            tokens.revoke("desk"),
            Err(TokenError::Unknown { .. })
        ));
    }
}
