//! Claims ─▶ dynamic metadata, which Envoy's rate limits, RBAC and access logs can use.

use std::collections::HashMap;

use envoy_types::pb::google::protobuf::{ListValue, NullValue, Struct, Value, value::Kind};
use serde_json::Value as Json;
use tower_b2c_auth::VerifiedClaims;

/// The claims with these names, as values of protobuf: every number is a 64-bit float, and values nested more than [`MAX_DEPTH`] deep are left out. `None`
/// if the token has none of them.
pub(super) fn of(claims: &VerifiedClaims, names: &[String]) -> Option<Struct> {
    let fields = names.iter().filter_map(|name| {
        let value = claims.get::<Json>(name).ok()??;
        Some((name.clone(), value_of(value, MAX_DEPTH)?))
    });
    let fields: HashMap<_, _> = fields.collect();
    (!fields.is_empty()).then_some(Struct { fields })
}

/// `None` for a value nested more than `depth` levels deep.
fn value_of(json: Json, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let kind = match json {
        Json::Null => Kind::NullValue(NullValue::NullValue.into()),
        Json::Bool(value) => Kind::BoolValue(value),
        Json::Number(number) => Kind::NumberValue(number.as_f64()?),
        Json::String(text) => Kind::StringValue(text),
        Json::Array(values) => {
            let values = values
                .into_iter()
                .filter_map(|value| value_of(value, depth));
            Kind::ListValue(ListValue {
                values: values.collect(),
            })
        }
        Json::Object(fields) => {
            let fields = fields.into_iter();
            let fields = fields.filter_map(|(name, value)| Some((name, value_of(value, depth)?)));
            Kind::StructValue(Struct {
                fields: fields.collect(),
            })
        }
    };
    Some(Value { kind: Some(kind) })
}

/// More than claims need.
const MAX_DEPTH: usize = 16;
