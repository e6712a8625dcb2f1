package api

import (
	"reflect"

	"officermobile/models"

	"github.com/danielgtaylor/huma/v2"
)

// describeWords tells Huma which words a type has, where a type is a choice of words.
func describeWords(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[models.Priority](), reflect.TypeFor[prioritySchema]())
	r.RegisterTypeAlias(reflect.TypeFor[models.Status](), reflect.TypeFor[statusSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[models.DispatchStatus](), reflect.TypeFor[dispatchStatusSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[models.ConversationKind](), reflect.TypeFor[conversationKindSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[models.PresenceState](), reflect.TypeFor[presenceSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[models.Outcome](), reflect.TypeFor[outcomeSchema]())
}

type prioritySchema struct{}

// Schema is a dispatch's priority.
func (prioritySchema) Schema(huma.Registry) *huma.Schema {
	return choice(models.High, models.Medium, models.Low)
}

type statusSchema struct{}

// Schema is an officer's status.
func (statusSchema) Schema(huma.Registry) *huma.Schema {
	return choice(models.StatusAvailable, models.StatusAssigned, models.StatusOnRoute, models.StatusOnScene, models.StatusBusy)
}

type dispatchStatusSchema struct{}

// Schema is a dispatch's status.
func (dispatchStatusSchema) Schema(huma.Registry) *huma.Schema {
	return choice(models.DispatchNew, models.DispatchUnassigned, models.DispatchAssigned, models.DispatchOnRoute,
		models.DispatchOnScene, models.DispatchCleared, models.DispatchClosedDone)
}

type conversationKindSchema struct{}

// Schema is a conversation's kind.
func (conversationKindSchema) Schema(huma.Registry) *huma.Schema {
	return choice(models.DispatchKind, models.PersonalKind, models.BroadcastKind)
}

type presenceSchema struct{}

// Schema is what a device is doing.
func (presenceSchema) Schema(huma.Registry) *huma.Schema {
	return choice(models.Foreground, models.Background, models.Offline)
}

type outcomeSchema struct{}

// Schema is what became of a command.
func (outcomeSchema) Schema(huma.Registry) *huma.Schema {
	return choice(models.Applied, models.Superseded, models.Rejected, models.Forgotten, models.Fork)
}

// choice is one of some words.
func choice[W ~string](words ...W) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, w := range words {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}
