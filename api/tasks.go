package api

import (
	"context"

	"officermobile/models"
)

// NewTask is a job on a dispatch, for an officer or for nobody yet.
type NewTask struct {
	ID       models.TaskID `json:"id,omitzero"`       // minted by the client, so that a repetition is harmless; absent: the server mints it
	Assignee models.UserID `json:"assignee,omitzero"` // an officer on duty; absent: nobody yet
}

type newTaskInput struct {
	DispatchVerb
	Body *NewTask
}

func (a *API) newTask(ctx context.Context, in *newTaskInput) (*answer[Written], error) {
	cmd := &models.TaskCreate{DispatchID: in.ID}
	if in.Body != nil {
		cmd.ID, cmd.Assignee = in.Body.ID, in.Body.Assignee
	}
	return a.written(ctx, in.Key, cmd)
}

// TaskVerb is a write about a task.
type TaskVerb struct {
	Keyed
	ID models.TaskID `path:"id"`
}

// Assignment says whose a task is to be.
type Assignment struct {
	Based
	User models.UserID `json:"user_id"` // an officer on duty
}

type assignInput struct {
	TaskVerb
	Body Assignment
}

func (a *API) assignTask(ctx context.Context, in *assignInput) (*answer[Written], error) {
	return a.writtenOn(ctx, in.Key, in.Body.on(), &models.TaskAssign{TaskID: in.ID, UserID: in.Body.User})
}

// taskInput is a verb that says nothing more than what it was decided on.
type taskInput struct {
	TaskVerb
	Body *Based
}

func (a *API) unassignTask(ctx context.Context, in *taskInput) (*answer[Written], error) {
	return a.writtenOn(ctx, in.Key, in.Body.on(), &models.TaskUnassign{TaskID: in.ID})
}

func (a *API) startTask(ctx context.Context, in *taskInput) (*answer[Written], error) {
	return a.writtenOn(ctx, in.Key, in.Body.on(), &models.TaskStart{TaskID: in.ID})
}

func (a *API) arriveTask(ctx context.Context, in *taskInput) (*answer[Written], error) {
	return a.writtenOn(ctx, in.Key, in.Body.on(), &models.TaskArrive{TaskID: in.ID})
}

// Clearing says how a task ended.
type Clearing struct {
	Based
	Response    string `json:"officer_response,omitzero" maxLength:"400" doc:"What the officer reports."`
	Disposition string `json:"disposition,omitzero"` // how it ended, one of the agency's choices
}

type clearInput struct {
	TaskVerb
	Body *Clearing
}

func (a *API) clearTask(ctx context.Context, in *clearInput) (*answer[Written], error) {
	said := orZero(in.Body)
	return a.writtenOn(ctx, in.Key, said.on(), &models.TaskClear{TaskID: in.ID, Disposition: said.Disposition, Response: said.Response})
}

// Suspension names the task that goes on later.
type Suspension struct {
	Based
	NewID models.TaskID `json:"new_id,omitzero"` // of the task that goes on; minted by the client, absent: by the server
}

type suspendInput struct {
	TaskVerb
	Body *Suspension
}

func (a *API) suspendTask(ctx context.Context, in *suspendInput) (*answer[Written], error) {
	said := orZero(in.Body)
	return a.writtenOn(ctx, in.Key, said.on(), &models.TaskSuspend{TaskID: in.ID, NewID: said.NewID})
}

// orZero is a body that may be absent.
func orZero[T any](body *T) T {
	if body == nil {
		return *new(T)
	}
	return *body
}
