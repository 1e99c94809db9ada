//! A policy of RightsML (IPTC's profile of ODRL 2.2) as JSON: the end of the right to use a picture is read, and nothing else.

use chrono::DateTime;
use serde_json::Value;

/// A policy, by what of it has a place here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UsePolicy {
    /// The earliest moment at which a permission ends, as it is written.
    pub(super) ends: Option<String>,
    /// It says more than that: of places, purposes, duties, prohibitions, or of several permissions.
    pub(super) has_more: bool,
}

impl UsePolicy {
    /// Reads a policy; what is no JSON object has no end, and has more.
    pub(super) fn read(encoded: &str) -> Self {
        let Ok(Value::Object(policy)) = serde_json::from_str(encoded) else {
            return Self {
                ends: None,
                has_more: true,
            };
        };
        let permissions = listed(policy.get("permission"));
        let constraints = permissions
            .iter()
            .flat_map(|permission| listed(permission.get("constraint")));
        let (mut ends, mut others) = (Vec::new(), 0);
        for constraint in constraints {
            match end(constraint) {
                Some(moment) => ends.push(moment),
                None => others += 1,
            }
        }
        let restricts = ["prohibition", "obligation"]
            .iter()
            .any(|key| !listed(policy.get(*key)).is_empty());
        // An action or a target that is no plain name has conditions of its own.
        let refines = permissions.iter().any(|permission| {
            !listed(permission.get("duty")).is_empty()
                || ["action", "target"].iter().any(|key| {
                    let refined = |value: &Value| value.is_object();
                    listed(permission.get(*key)).iter().any(refined)
                })
        });
        Self {
            ends: ends.into_iter().min().map(str::to_owned),
            has_more: others > 0 || restricts || refines || permissions.len() > 1,
        }
    }
}

/// The values of a property, which JSON-LD writes without a list where it has one alone.
fn listed(value: Option<&Value>) -> &[Value] {
    match value {
        None | Some(Value::Null) => &[],
        Some(Value::Array(values)) => values,
        Some(one) => std::slice::from_ref(one),
    }
}

/// The moment (RFC 3339) before which a constraint permits the use; none of any other constraint.
fn end(constraint: &Value) -> Option<&str> {
    let is_end = constraint.get("leftOperand")?.as_str()? == "dateTime"
        && ["lt", "lteq"].contains(&constraint.get("operator")?.as_str()?);
    let right = constraint.get("rightOperand")?;
    let value = right.get("@value").unwrap_or(right).as_str()?;
    let is_moment = DateTime::parse_from_rfc3339(value).is_ok();
    (is_end && is_moment).then_some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::UsePolicy;

    fn read(policy: &Value) -> (Option<String>, bool) {
        let policy = UsePolicy::read(&policy.to_string());
        (policy.ends, policy.has_more)
    }

    fn until(moment: &str) -> Value {
        json!({"leftOperand": "dateTime", "operator": "lt", "rightOperand": {"@value": moment, "@type": "xsd:dateTime"}})
    }

    #[test]
    fn an_end_is_all_that_a_policy_may_say_without_a_word_about_it() {
        let (end, earlier) = ("2099-01-01T00:00:00Z", "2027-06-01T00:00:00Z");
        let only = Some(end.to_owned());
        for permission in [
            json!([{"action": "distribute", "target": "urn:1", "constraint": [until(end)]}]),
            json!({"constraint": until(end)}),
        ] {
            let policy = json!({"@type": "Set", "permission": permission});
            assert_eq!(read(&policy), (only.clone(), false), "{policy}");
        }
        let place =
            json!({"leftOperand": "spatial", "operator": "eq", "rightOperand": "iso3166-1a3:DEU"});
        for policy in [
            json!({"permission": [{"constraint": [until(end), place]}]}),
            json!({"permission": [{"constraint": [until(end)], "duty": [{"action": "compensate"}]}]}),
            json!({"permission": [{"constraint": until(end), "action": {"value": "print", "refinement": []}}]}),
            json!({"permission": [{"constraint": until(end)}], "prohibition": [{"action": "archive"}]}),
            json!({"permission": {"constraint": until(end)}, "obligation": {"action": "attribute"}}),
            json!({"permission": [{"constraint": until(end)}, {"constraint": place}]}),
        ] {
            assert_eq!(read(&policy), (only.clone(), true), "{policy}");
        }
        let two =
            json!({"permission": [{"constraint": until(end)}, {"constraint": until(earlier)}]});
        assert_eq!(read(&two), (Some(earlier.to_owned()), true));
    }

    #[test]
    fn a_policy_without_an_end_has_none() {
        let begins = json!({"leftOperand": "dateTime", "operator": "gt", "rightOperand": "2020-01-01T00:00:00Z"});
        assert_eq!(
            read(&json!({"permission": [{"constraint": begins}]})),
            (None, true)
        );
        assert_eq!(
            read(&json!({"permission": [{"constraint": until("some day")}]})),
            (None, true)
        );
        assert_eq!(read(&json!(["no policy"])), (None, true));
        assert!(UsePolicy::read("<o:Policy/>").has_more);
    }
}
