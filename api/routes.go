package api

import (
	"officermobile/models"
	"officermobile/models/roster"
	"officermobile/models/wire"
)

// Who may call a route at all. Whether they may with a particular thing is for package models to say.
const (
	nobody   models.UserTypes = 0 // no session is needed
	admins                    = models.Administrator
	runners                   = admins | models.Dispatcher
	workers                   = runners | models.Officer
	people                    = workers | models.Reviewer
	openers                   = runners | models.Integration // of dispatches
	everyone                  = people | models.Integration
)

// routes is everything that is served. Nothing else adds a route.
func routes() []route {
	return concat(sessionRoutes(), deviceRoutes(), directoryRoutes(), ruleRoutes(), integrationRoutes(), dutyRoutes(), dispatchRoutes(), conversationRoutes(), alarmRoutes(), syncRoutes(), recordRoutes(), systemRoutes())
}

func concat[T any](groups ...[]T) []T {
	var all []T
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

func sessionRoutes() []route {
	return []route{
		{"POST", "/v1/sign-in", "sign-in", nobody, 0, 200, maxSignIn, "Begin a session with a password.", typed((*API).signIn)},
		{"POST", "/v1/renew", "renew", nobody, 0, 200, maxSignIn, "Exchange a refresh token for the next pair of tokens.", typed((*API).renew)},
		{"POST", "/v1/sign-out", "sign-out", everyone, unbound, 204, 0, "End the session.", typed((*API).signOut)},
		{"GET", "/v1/me", "me", everyone, unbound, 200, 0, "Who the caller is.", typed((*API).me)},
		{"PUT", "/v1/me/password", "change-own-password", everyone, unbound, 204, maxSignIn, "Set a new password by giving the old one; the user's other sessions end.", typed((*API).ownPassword)},
	}
}

func deviceRoutes() []route {
	return []route{
		{"GET", "/v1/devices", "list-devices", everyone, 0, 200, 0, "The caller's devices that are not revoked; for administrators, anybody's.", typed((*API).devices)},
		{"POST", "/v1/devices", "register-device", everyone, unbound, 201, 0, "Register the session's device. A vehicle's tablet is handed over.", typed((*API).register)},
		{"POST", "/v1/devices/{id}/release", "release-device", everyone, audited, 200, 0, "Unbind a device from its user and end its sessions.", typed((*API).release)},
		{"POST", "/v1/devices/{id}/revoke", "revoke-device", everyone, audited, 200, 0, "Shut a device out for good, and have it wiped if asked to.", typed((*API).revoke)},
		{"GET", "/v1/devices/{id}/verdicts", "list-device-verdicts", everyone, 0, 200, 0, "Why a device rang or did not, the latest first. For its user, administrators and dispatchers.", typed((*API).deviceVerdicts)},
		{"POST", "/v1/devices/{id}/report-lost", "report-lost", everyone, audited, 200, 0, "A device is lost or stolen: it is shut out, and wiped when it is heard of.", typed((*API).reportLost)},
		{"POST", "/v1/devices/wiped", "device-wiped", nobody, 0, 204, maxSignIn, "A device that was told to wipe itself says that it has.", typed((*API).wiped)},
		{"GET", "/v1/agency/devices", "list-all-devices", admins, audited, 200, 0, "All devices of the agency, those that were revoked too.", typed((*API).allDevices)},
		{"GET", "/v1/push/dead-letters", "list-dead-letters", admins, audited, 200, 0, "Rings of the last 30 days that no provider will ever take, for whoever mends it.", typed((*API).deadLetters)},
		{"PUT", "/v1/devices/{id}/address", "put-push-address", everyone, 0, 204, 0, "Say where the session's device can be woken.", typed((*API).address)},
		{"PUT", "/v1/devices/{id}/push-keys", "put-push-keys", everyone, 0, 200, 0, "Register what the session's device reads notifications with: at each start, after each sign-in.", typed((*API).pushKeys)},
		{"GET", "/v1/push/{nid}", "get-push-preview", everyone, fetching, 200, 0, "What a notification to this device is about, as its user may see it now. With the device's fetch token, or an access token.", typed((*API).preview)},
		{"GET", "/v1/push-key", "get-push-key", everyone, 0, 200, 0, "The key that a browser subscribes to notifications with.", typed((*API).pushKey)},
		{"POST", "/v1/devices/{id}/test-push", "test-push", everyone, audited, 201, 0, "Ring a device to see that it rings. For its user, administrators, and dispatchers of the zone that its user is on duty in; once a minute.", typed((*API).testPush)},
		{"GET", "/v1/devices/{id}/test-push", "get-test-push", everyone, 0, 200, 0, "What became of a device's latest test push.", typed((*API).testedPush)},
		{"GET", "/v1/readiness", "get-readiness", runners, 0, 200, 0, "Who on duty can be rung, device by device, the worst first.", typed((*API).readiness)},
		{"POST", "/v1/push/receipts", "tell-push-receipts", everyone, fetching, 204, 0, "Say what became of notifications on this device, with its fetch token or an access token; sync does it too.", typed((*API).pushReceipts)},
		{"PUT", "/v1/presence", "put-presence", everyone, 0, 204, 0, "Say what the session's device is doing; sync does it too.", typed((*API).presence)},
	}
}

func directoryRoutes() []route {
	return []route{
		{"GET", "/v1/agency", "get-agency", people, 0, 200, 0, "The agency and its settings.", typed((*API).agency)},
		{"PUT", "/v1/agency", "put-agency", admins, audited, 200, 0, "Change the agency's settings.", typed((*API).putAgency)},
		{"GET", "/v1/users", "list-users", people, 0, 200, 0, "The people of the agency.", typed((*API).users)},
		{"POST", "/v1/users", "create-user", admins, audited, 201, 0, "Make a user, inactive unless asked otherwise.", typed((*API).newUser)},
		{"POST", "/v1/users/import", "import-users", admins, audited | csvBody, 200, roster.MaxBytes, "Make the users be as a file says, or with dry_run say what that would take. Nothing is done if any row is wrong. A repetition changes nothing.", typed((*API).importUsers)},
		{"GET", "/v1/users/{id}", "get-user", admins, audited, 200, 0, "A user with their sessions and devices.", typed((*API).account)},
		{"PUT", "/v1/users/{id}", "put-user", admins, audited, 200, 0, "Change a user.", typed((*API).putUser)},
		{"PUT", "/v1/users/{id}/password", "set-password", admins, audited, 204, maxSignIn, "Give a user a password; all their sessions end.", typed((*API).setPassword)},
		{"POST", "/v1/users/{id}/unlock", "unlock-user", admins, audited, 204, 0, "Unlock an account after too many wrong passwords.", typed((*API).unlock)},
		{"GET", "/v1/zones", "list-zones", people, 0, 200, 0, "The operational zones.", typed((*API).zones)},
		{"POST", "/v1/zones", "create-zone", admins, audited, 201, 0, "Make an operational zone.", typed(create[models.ZoneID, ZoneForm])},
		{"PUT", "/v1/zones/{id}", "put-zone", admins, audited, 200, 0, "Make or rename an operational zone.", typed(replace[models.ZoneID, ZoneForm])},
		{"GET", "/v1/work-zones", "list-work-zones", people, 0, 200, 0, "The work zones.", typed((*API).workZones)},
		{"POST", "/v1/work-zones", "create-work-zone", admins, audited, 201, 0, "Make a work zone.", typed(create[models.WorkZoneID, WorkZoneForm])},
		{"PUT", "/v1/work-zones/{id}", "put-work-zone", admins, audited, 200, 0, "Make or rename a work zone.", typed(replace[models.WorkZoneID, WorkZoneForm])},
		{"GET", "/v1/teams", "list-teams", people, 0, 200, 0, "The teams.", typed((*API).teams)},
		{"POST", "/v1/teams", "create-team", admins, audited, 201, 0, "Make a team.", typed(create[models.TeamID, TeamForm])},
		{"PUT", "/v1/teams/{id}", "put-team", admins, audited, 200, 0, "Make or change a team.", typed(replace[models.TeamID, TeamForm])},
	}
}

func integrationRoutes() []route {
	return []route{
		{"POST", "/v1/integrations/{user}/keys", "create-integration-key", admins, audited, 201, 0, "Make a key for a service account, shown in this answer alone. It may have two.", typed((*API).newKey)},
		{"GET", "/v1/integrations/{user}/keys", "list-integration-keys", admins, audited, 200, 0, "A service account's keys, without what is secret of them.", typed((*API).keys)},
		{"DELETE", "/v1/integrations/{user}/keys/{key}", "revoke-integration-key", admins, audited, 204, 0, "End a key at once.", typed((*API).revokeKey)},
	}
}

func dutyRoutes() []route {
	return []route{
		{"GET", "/v1/duty", "list-duty", people, 0, 200, 0, "Who is on duty.", typed((*API).duties)},
		{"POST", "/v1/duty/on", "duty-on", workers, urgent, 200, 0, "Report for duty, or bring an officer on duty.", typed((*API).dutyOn)},
		{"POST", "/v1/duty/off", "duty-off", workers, urgent, 200, 0, "Go off duty, or bring an officer off duty.", typed((*API).dutyOff)},
		{"POST", "/v1/duty/status", "duty-status", workers, urgent, 200, 0, "Choose available or busy.", typed((*API).dutyStatus)},
	}
}

func dispatchRoutes() []route {
	return []route{
		{"GET", "/v1/dispatches", "list-dispatches", everyone, 0, 200, 0, "The dispatches that the caller may see, the newest first.", typed((*API).dispatches)},
		{"POST", "/v1/dispatches", "create-dispatch", openers, urgent, 201, 0, "Open a dispatch and its conversation.", typed((*API).newDispatch)},
		{"GET", "/v1/dispatches/{id}", "get-dispatch", everyone, 0, 200, 0, "A dispatch with its tasks.", typed((*API).dispatch)},
		{"PATCH", "/v1/dispatches/{id}", "change-dispatch", runners, urgent, 200, 0, "Correct what is known of a dispatch.", typed((*API).changeDispatch)},
		{"POST", "/v1/dispatches/{id}/close", "close-dispatch", runners, urgent, 200, 0, "Close a dispatch that has no outstanding task.", typed((*API).closeDispatch)},
		{"POST", "/v1/dispatches/{id}/reopen", "reopen-dispatch", runners, urgent, 200, 0, "Undo a close.", typed((*API).reopenDispatch)},
		{"POST", "/v1/dispatches/{id}/comment", "comment", people, urgent, 200, 0, "Join the dispatch's conversation, and write there if there is a text.", typed((*API).comment)},
		{"POST", "/v1/dispatches/{id}/log", "log-dispatch", workers | models.Integration, urgent, 201, 0, "Write a note on the dispatch's record.", typed((*API).logDispatch)},
		{"POST", "/v1/dispatches/{id}/tasks", "create-task", runners, urgent, 201, 0, "Put a job on a dispatch.", typed((*API).newTask)},
		{"POST", "/v1/tasks/{id}/assign", "assign-task", runners, urgent, 200, 0, "Give a task to an officer.", typed((*API).assignTask)},
		{"POST", "/v1/tasks/{id}/unassign", "unassign-task", runners, urgent, 200, 0, "Take a task from its officer.", typed((*API).unassignTask)},
		{"POST", "/v1/tasks/{id}/start", "start-task", workers, urgent, 200, 0, "Assigned to on route.", typed((*API).startTask)},
		{"POST", "/v1/tasks/{id}/arrive", "arrive-task", workers, urgent, 200, 0, "On route to on scene.", typed((*API).arriveTask)},
		{"POST", "/v1/tasks/{id}/clear", "clear-task", workers, urgent, 200, 0, "End a task.", typed((*API).clearTask)},
		{"POST", "/v1/tasks/{id}/suspend", "suspend-task", workers, urgent, 200, 0, "Divert the officer: the task under way goes on later as a new one.", typed((*API).suspendTask)},
	}
}

func conversationRoutes() []route {
	return []route{
		{"GET", "/v1/conversations", "list-conversations", people, 0, 200, 0, "The conversations that the caller is in.", typed((*API).conversations)},
		{"POST", "/v1/conversations", "create-conversation", people, urgent, 201, 0, "Begin a personal conversation.", typed((*API).newConversation)},
		{"GET", "/v1/conversations/{id}", "get-conversation", people, 0, 200, 0, "A conversation with those who are in it.", typed((*API).conversation)},
		{"GET", "/v1/conversations/{id}/messages", "list-messages", people, 0, 200, 0, "The history of a conversation, in its compact form.", typed((*API).messages)},
		{"POST", "/v1/conversations/{id}/messages", "post-message", people, ownCount, 201, 0, "Write a message.", raw[postInput, NewMessage, Written]((*API).post, asJSON)},
		{"POST", "/v1/conversations/{id}/invitations", "invite", people, urgent, 201, 0, "Ask people in.", typed((*API).invite)},
		{"POST", "/v1/conversations/{id}/leave", "leave", people, 0, 200, 0, "Leave, and take the conversation off the panel.", typed((*API).leave)},
		{"POST", "/v1/conversations/{id}/mute", "mute", people, 0, 200, 0, "Ring no more about routine messages of a conversation, on any device of the caller.", typed((*API).mute)},
		{"POST", "/v1/conversations/{id}/unmute", "unmute", people, 0, 200, 0, "Let a conversation ring again.", typed((*API).unmute)},
		{"POST", "/v1/conversations/{id}/members/{user}/remove", "remove-member", people, 0, 200, 0, "Take somebody else out.", typed((*API).removeMember)},
		{"PUT", "/v1/conversations/{id}/mark", "mark-read", people, 0, 200, 0, "Say how far it was read. Marks only rise.", typed((*API).mark)},
		{"GET", "/v1/invitations", "list-invitations", people, 0, 200, 0, "The caller's pending invitations.", typed((*API).invitations)},
		{"POST", "/v1/invitations/{id}/accept", "accept-invitation", people, urgent, 200, 0, "Join.", typed((*API).accept)},
		{"POST", "/v1/invitations/{id}/reject", "reject-invitation", people, urgent, 200, 0, "Decline.", typed((*API).reject)},
		{"POST", "/v1/invitations/{id}/cancel", "cancel-invitation", people, 0, 200, 0, "Take an invitation back.", typed((*API).cancel)},
		{"POST", "/v1/messages/{id}/acknowledge", "acknowledge", people, urgent, 200, 0, "Take note of an urgent message.", typed((*API).acknowledge)},
		{"GET", "/v1/messages/{id}/receipts", "get-receipts", people, 0, 200, 0, "Who has a message, who has read and acknowledged it, and why a phone did not ring. For its author and for dispatchers.", typed((*API).receipts)},
		{"GET", "/v1/messages/{id}/verdicts", "list-verdicts", people, 0, 200, 0, "Whom a message woke, and why or why not.", typed((*API).verdicts)},
	}
}

// alarmRoutes are about what must reach people at once.
func alarmRoutes() []route {
	return []route{
		{"POST", "/v1/duress", "raise-duress", people, ownCount | anyBody, 201, 0, "The panic button: a high-priority dispatch, and an urgent message to all who are near. It has a rate of its own, and no body is refused.", raw[Keyed, *NewDuress, Written]((*API).duress, asJSON)},
		{"GET", "/v1/positions", "list-positions", people, 0, 200, 0, "The last known places of officers on duty in the operational zones that the caller sees, with their age.", typed((*API).positions)},
		{"POST", "/v1/broadcasts", "create-broadcast", runners, urgent, 201, 0, "Write to everybody on duty in an operational zone, or with a team.", typed((*API).newBroadcast)},
		{"POST", "/v1/broadcasts/{id}/end", "end-broadcast", runners, urgent, 200, 0, "End a broadcast: it can only be read from now on.", typed((*API).endBroadcast)},
	}
}

func syncRoutes() []route {
	return []route{
		{"POST", "/v1/sync", "sync", everyone, ownAccess, 200, maxSyncBody, "Outbox, presence and the difference, in one round trip.", raw[syncInput, wire.SyncRequest, wire.SyncAnswer[any]]((*API).sync, asJSON)},
		{"POST", "/v1/sync/repair", "repair", everyone, 0, 200, 0, "One scope anew.", raw[empty, wire.RepairRequest, wire.Page[any]]((*API).repair, asJSON)},
		{"GET", "/v1/live", "live", everyone, 0, 200, 0, "Server-sent events: page, mark, now, bye.", raw[liveInput, empty, empty]((*API).live, asStream)},
	}
}

func recordRoutes() []route {
	return []route{
		{"GET", "/v1/search", "search", people, noted, 200, 0, "Messages and dispatches by words, person, dispatch and time, the newest first.", typed((*API).search)},
		{"GET", "/v1/shifts", "list-shifts", workers, 0, 200, 0, "Shifts, the latest beginning first: all for administrators, for dispatchers those of their operational zones, for officers their own.", typed((*API).shifts)},
		{"GET", "/v1/records/{user}", "get-record", admins, ownAudit, 200, 0, "What somebody sent and received between two times, as lines of JSON: the request, row after row, and a proof.", raw[recordInput, empty, recordLines]((*API).record, asLines)},
	}
}

func systemRoutes() []route {
	return []route{
		{"GET", "/v1/log", "read-log", admins, audited, 200, 0, "The agency's log as it was written, to be verified.", typed((*API).log)},
		{"GET", "/v1/audit", "list-audit", admins, audited, 200, 0, "Who administered what, and who signed in or tried to; the newest first.", typed((*API).listAudit)},
		{"GET", "/v1/audit/export", "export-audit", admins, audited, 200, 0, "The same as a file.", typedAs((*API).exportAudit, asCSV, asLines)},
		{"GET", "/v1/openapi.json", "openapi-json", nobody, 0, 200, 0, "This document.", raw[empty, empty, anySchema]((*API).openAPIJSON, asJSON)},
		{"GET", "/v1/openapi.yaml", "openapi-yaml", nobody, 0, 200, 0, "This document.", raw[empty, empty, anySchema]((*API).openAPIYAML, asYAML)},
		{"GET", "/docs", "docs", nobody, 0, 200, 0, "This documentation, for people.", raw[empty, empty, string]((*API).docs, asHTML)},
		{"GET", "/docs/{name}", "docs-operation", nobody, 0, 200, 0, "A page about one operation, for people.", raw[pageInput, empty, string]((*API).docsOperation, asHTML)},
		{"GET", "/problems/{code}", "problem", nobody, 0, 200, 0, "What a problem means and what a client does about it: where its type leads.", raw[codeInput, empty, string]((*API).problemPage, asHTML)},
		{"GET", "/.well-known/jwks.json", "jwks", nobody, 0, 200, 0, "The keys that access tokens are signed with.", raw[empty, empty, anySchema]((*API).jwks, "application/jwk-set+json")},
		{"GET", "/livez", "livez", nobody, probe, 200, 0, "The process is there.", raw[empty, empty, State]((*API).alive, asJSON)},
		{"GET", "/readyz", "readyz", nobody, probe, 200, 0, "Requests are taken.", raw[empty, empty, State]((*API).ready, asJSON)},
		{"GET", "/startupz", "startupz", nobody, probe, 200, 0, "All that is needed is loaded.", raw[empty, empty, State]((*API).started, asJSON)},
	}
}
