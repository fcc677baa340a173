//! The API: users read their tasks with one scope, and add tasks with another.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde::{Deserialize, Serialize};
use tower_b2c_auth::{B2cAuthLayer, VerifiedClaims, all_of, scope};

pub(crate) fn router(auth: B2cAuthLayer) -> Router {
    let read = auth.require(scope("tasks.read"));
    let write = auth.require(all_of([scope("tasks.read"), scope("tasks.write")]));
    Router::new()
        .route("/tasks", get(list).layer(read))
        .route("/tasks/new", axum::routing::post(add).layer(write))
        .layer(auth)
        .with_state(Tasks::default())
}

/// The tasks of each user. Object ids are unique within a tenant, so the issuer is part of the key.
type Tasks = Arc<Mutex<HashMap<(String, String), Vec<String>>>>;

#[derive(Serialize)]
struct List {
    user: String,
    tasks: Vec<String>,
}

async fn list(
    State(tasks): State<Tasks>,
    claims: VerifiedClaims,
) -> Result<Json<List>, StatusCode> {
    let key = key(&claims)?;
    let tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Json(List {
        user: claims.name().unwrap_or("stranger").to_owned(),
        tasks: tasks.get(&key).cloned().unwrap_or_default(),
    }))
}

#[derive(Deserialize)]
struct NewTask {
    text: String,
}

async fn add(
    State(tasks): State<Tasks>,
    claims: VerifiedClaims,
    Json(task): Json<NewTask>,
) -> Result<StatusCode, StatusCode> {
    let mut tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
    let list = tasks.entry(key(&claims)?).or_default();
    if list.len() == MOST_TASKS || task.text.len() > LONGEST_TASK {
        return Err(StatusCode::UNPROCESSABLE_ENTITY);
    }
    list.push(task.text);
    Ok(StatusCode::CREATED)
}

fn key(claims: &VerifiedClaims) -> Result<(String, String), StatusCode> {
    let user = claims.user_id().ok_or(StatusCode::FORBIDDEN)?;
    Ok((claims.issuer().to_owned(), user.to_owned()))
}

const MOST_TASKS: usize = 100;
const LONGEST_TASK: usize = 200;
