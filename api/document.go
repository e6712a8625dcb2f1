package api

import (
	"io"
	"maps"
	"reflect"
	"strings"
	stdsync "sync"

	"officermobile/models"
	"officermobile/models/wire"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// version is that of the API's shape: additive changes raise the second number.
const version = "1.1.0"

// setUpHuma closes what Huma 2.38 leaves open by default, for all of the process since that is where it keeps it: it
// would take a field in another case past its validation, and repeat submitted values in errors.
var setUpHuma = stdsync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError { return &Problem{Status: status} }
	huma.NewErrorWithContext = invalidInput
})

// humaConfig is Huma without its documentation pages, which load scripts from elsewhere, and with strict JSON, which
// must stand under both names: the second serves problem+json.
func humaConfig() huma.Config {
	setUpHuma()
	strict := huma.Format{
		Marshal:   func(w io.Writer, v any) error { return json.MarshalWrite(w, v, json.Deterministic(true)) },
		Unmarshal: models.DecodeStrict,
	}
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	describe(registry)
	describeWords(registry)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Officer Mobile", Version: version, Description: agreement(),
				Contact: &huma.Contact{Name: "Whoever runs this server"},
				License: &huma.License{Name: "None is granted here; ask whoever runs this server", Identifier: "LicenseRef-None-Granted"},
			},
			Servers: []*huma.Server{{URL: "/", Description: "The server that this came from: production, or a local one", Extensions: map[string]any{"x-internal": false}}},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "at+jwt"},
				"cookie": {Type: "apiKey", In: "cookie", Name: "__Host-officer"},
			}},
		},
		Formats:                      map[string]huma.Format{"application/json": strict, "json": strict},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// schemaName is Huma's, less the name of "any" in generic types.
func schemaName(t reflect.Type, hint string) string {
	return strings.ReplaceAll(huma.DefaultSchemaNamer(t, hint), "Interface {}", "")
}

// describe tells Huma how types look in JSON that say so only by their methods.
func describe(r huma.Registry) {
	for _, id := range []reflect.Type{
		reflect.TypeFor[models.AgencyID](), reflect.TypeFor[models.UserID](), reflect.TypeFor[models.DeviceID](),
		reflect.TypeFor[models.ZoneID](), reflect.TypeFor[models.WorkZoneID](), reflect.TypeFor[models.TeamID](),
		reflect.TypeFor[models.DispatchID](), reflect.TypeFor[models.TaskID](), reflect.TypeFor[models.ConversationID](),
		reflect.TypeFor[models.MessageID](), reflect.TypeFor[models.InvitationID](), reflect.TypeFor[models.CommandID](),
		reflect.TypeFor[models.SessionID](), reflect.TypeFor[models.RTAID](), reflect.TypeFor[models.ChoiceID](),
	} {
		r.RegisterTypeAlias(id, reflect.TypeFor[idSchema]())
	}
	r.RegisterTypeAlias(reflect.TypeFor[models.UserTypes](), reflect.TypeFor[typesSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[models.TaskStatus](), reflect.TypeFor[taskStatusSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[models.SettingsPatch](), reflect.TypeFor[settingsSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[models.Scope](), reflect.TypeFor[scopeSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[wire.Messages](), reflect.TypeFor[messagesSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[jsontext.Value](), reflect.TypeFor[anySchema]())
}

// idPattern is the form of every id, 22 characters.
const (
	idPattern = "^[A-Za-z0-9_-]{22}$"
	idLength  = 22
)

type idSchema struct{}

// Schema is an id's: 16 bytes as base64url without padding.
func (idSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: idPattern, PatternDescription: "an id of 22 characters", Examples: []any{"AZqT5gAAcACAAAAAAAAAAQ"}}
}

type typesSchema struct{}

// Schema is that of a set of user types.
func (typesSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeArray, Items: enum("administrator", "dispatcher", "officer", "reviewer", "integration")}
}

type taskStatusSchema struct{}

// Schema is that of a task's status.
func (taskStatusSchema) Schema(huma.Registry) *huma.Schema {
	return enum("unassigned", "assigned", "on_route", "on_scene", "cleared")
}

type settingsSchema struct{}

// Schema is that of a change of settings: any of them, and null for the default.
func (settingsSchema) Schema(r huma.Registry) *huma.Schema {
	s := *huma.SchemaFromType(r, reflect.TypeFor[models.Settings]())
	s.Required, s.Description = nil, "What is named is set, null returns to the default, what is not named stays."
	s.Properties = maps.Clone(s.Properties)
	for name, p := range s.Properties {
		nullable := *p
		nullable.Nullable = true
		s.Properties[name] = &nullable
	}
	return &s
}

type scopeSchema struct{}

// Schema is a scope's: a letter, a slash and an id.
func (scopeSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: "^[smzdc]/[A-Za-z0-9_-]{22}$", PatternDescription: "a scope"}
}

type messagesSchema struct{}

// Schema is that of a run of a conversation's rows in its compact form.
func (messagesSchema) Schema(huma.Registry) *huma.Schema {
	row := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{},
		Description: "[n, id or \"\", index into a, milliseconds after the row before, text, extra if any]"}
	return &huma.Schema{Type: huma.TypeObject, Required: []string{"t", "a", "r"}, AdditionalProperties: true, Properties: map[string]*huma.Schema{
		"t": {Type: huma.TypeInteger, Format: "int64", Description: "time of the first row, milliseconds since 1970"},
		"a": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}, Description: "authors"},
		"r": {Type: huma.TypeArray, Items: row},
	}}
}

type anySchema struct{}

// Schema is that of any JSON value.
func (anySchema) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

func enum(names ...string) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, name := range names {
		s.Enum = append(s.Enum, name)
	}
	return s
}
