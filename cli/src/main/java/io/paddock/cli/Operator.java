package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** What an operator sees and does, over the broker's API for operators. */
@Command(
        name = "operator",
        description = "See and mend what goes on in the service broker",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Needs BROKER_URL, OPERATOR_USERNAME and OPERATOR_PASSWORD, which ./paddock up sets.",
            "",
            "Examples:",
            "  paddock operator operations --state in_progress",
            "  paddock operator reconcile --json"
        })
class Operator implements Callable<Integer> {

    private static final int FOUND = 3;
    private static final int NOT_LOOKED_AT = 4;
    /** A comparison asks every database. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final List<String> INSTANCE =
            List.of("id", "planId", "organizationId", "bindings", "operationType", "operationState");
    private static final List<String> OPERATION = List.of("id", "instanceId", "type", "state", "step", "description");
    private static final List<String> BINDING = List.of("id", "appId", "predecessorId", "made", "createdAt");
    private static final String LIMIT = "At most so many, up to 1000";
    private static final List<String> ENTRY =
            List.of("id", "at", "caller", "originatingIdentity", "method", "path", "status", "reason");

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Paddock paddock;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help")
    private boolean help;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Print JSON, for programs")
    private boolean json;

    @Option(
            names = "--reason",
            scope = ScopeType.INHERIT,
            paramLabel = "TEXT",
            description = "Why you change something; it is kept in the audit log")
    private String reason = "";

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }

    @Command(
            description = {
                "Show whether the broker, and what it needs to do its work, answer.",
                "Exit code 0: all do; 3: something does not"
            })
    int health() {
        JsonNode health = HttpApi.expect(api().send("GET", "/actuator/health", null, Map.of()), 200, 503);
        if (json) {
            print(health);
        } else {
            Table table = new Table("part", "status", "details");
            for (Map.Entry<String, JsonNode> part : health.path("components").properties()) {
                table.row(
                        part.getKey(),
                        part.getValue().path("status").asText(),
                        details(part.getValue().path("details")));
            }
            table.print(out());
            out().flush();
        }
        return health.path("status").asText().equals("UP") ? 0 : FOUND;
    }

    @Command(description = "List the service instances")
    int instances(
            @Option(names = "--organization", paramLabel = "GUID") @Nullable String organization,
            @Option(names = "--plan", paramLabel = "ID") @Nullable String plan,
            @Option(names = "--state", description = "Of the last operation: in_progress, succeeded, failed") @Nullable
                    String state,
            @Option(names = "--after", paramLabel = "INSTANCE_ID", description = "Those after this one") @Nullable
                    String after,
            @Option(names = "--limit", paramLabel = "N", description = LIMIT, defaultValue = "100") int limit) {
        return list(
                "/instances"
                        + query(
                                "organization",
                                organization,
                                "plan",
                                plan,
                                "state",
                                state,
                                "after",
                                after,
                                "limit",
                                String.valueOf(limit)),
                INSTANCE,
                limit);
    }

    @Command(description = "Show a service instance with its operations and bindings")
    int instance(@Parameters(paramLabel = "INSTANCE_ID") String id) {
        JsonNode found = get("/instances/" + encoded(id));
        if (json) {
            return print(found);
        }
        table(found.path("instance"), INSTANCE, true);
        out().println();
        table(found.path("operations"), OPERATION, false);
        out().println();
        table(found.path("bindings"), BINDING, false);
        return 0;
    }

    @Command(description = "List the bindings of a service instance")
    int bindings(@Parameters(paramLabel = "INSTANCE_ID") String instance) {
        JsonNode bindings = get("/instances/" + encoded(instance)).path("bindings");
        return list(bindings, BINDING);
    }

    @Command(description = "List the newest operations")
    int operations(
            @Option(names = "--instance", paramLabel = "INSTANCE_ID") @Nullable String instance,
            @Option(names = "--state", description = "in_progress, succeeded or failed") @Nullable String state,
            @Option(names = "--limit", paramLabel = "N", description = LIMIT, defaultValue = "100") int limit) {
        return list(
                "/operations" + query("instance", instance, "state", state, "limit", String.valueOf(limit)),
                OPERATION,
                limit);
    }

    @Command(description = "Show an operation with what went wrong")
    int operation(@Parameters(paramLabel = "OPERATION_ID") String id) {
        return print(get("/operations/" + encoded(id)));
    }

    @Command(description = "Let an operation that waits go on at once, or begin one that failed again")
    int retry(@Parameters(paramLabel = "OPERATION_ID") String id) {
        return change("POST", "/operations/" + encoded(id) + "/retry", null);
    }

    @Command(description = "Cancel a creation or an update, which is then taken back")
    int cancel(@Parameters(paramLabel = "OPERATION_ID") String id) {
        return change("POST", "/operations/" + encoded(id) + "/cancel", null);
    }

    @Command(description = "Call an operation failed, whatever goes on at the director")
    int fail(@Parameters(paramLabel = "OPERATION_ID") String id) {
        return change("POST", "/operations/" + encoded(id) + "/fail", null);
    }

    @Command(description = "Forget a service instance; what is deployed stays")
    int purge(@Parameters(paramLabel = "INSTANCE_ID") String id) {
        return change("DELETE", "/instances/" + encoded(id), null);
    }

    @Command(
            name = "forget-binding",
            description = "Forget a binding whose account can't be removed because its database is lost")
    int forgetBinding(@Parameters(paramLabel = "BINDING_ID") String id) {
        return change("DELETE", "/bindings/" + encoded(id), null);
    }

    @Command(description = "Show who changed what")
    int audit(
            @Option(names = "--instance", paramLabel = "INSTANCE_ID") @Nullable String instance,
            @Option(names = "--before", paramLabel = "ID", description = "Those before this entry") @Nullable
                    String before,
            @Option(names = "--limit", paramLabel = "N", description = LIMIT, defaultValue = "100") int limit) {
        return list(
                "/audit" + query("instance", instance, "before", before, "limit", String.valueOf(limit)), ENTRY, limit);
    }

    @Command(
            description = {
                "Compare what the broker wants with director, config server and databases; changes nothing.",
                "Exit code 0: all is as it should be; 3: something is not; 4: something could not be looked at; 1: nothing could"
            })
    int reconcile(
            @Option(names = "--last", description = "Show the last report instead of comparing now") boolean last) {
        JsonNode report = last ? get("/reconciliation") : send("POST", "/reconciliation", null);
        if (json) {
            print(report);
        } else {
            out().println("compared at " + report.path("at").asText());
            describe(report, "orphanDeployments", "deployments of no instance (delete-orphan, adopt)");
            describe(report, "missingDeployments", "instances whose deployment is missing (redeploy)");
            describe(report, "driftedDeployments", "instances whose deployment is not what it should be (redeploy)");
            describe(report, "leftoverVariables", "secrets of deployments that are gone (delete-orphan)");
            describe(report, "leftoverAccounts", "accounts of no binding (remove-account)");
            describe(
                    report,
                    "remainingAccounts",
                    "accounts without access that can't be removed yet (tried again by itself)");
            describe(report, "unchecked", "could not be looked at");
            if (report.path("clean").asBoolean()) {
                out().println("all is as it should be");
            }
            out().flush();
        }
        boolean found = report.properties().stream()
                .anyMatch(part -> part.getValue().isArray()
                        && !part.getValue().isEmpty()
                        && !part.getKey().equals("unchecked"));
        return found ? FOUND : report.path("clean").asBoolean() ? 0 : NOT_LOOKED_AT;
    }

    @Command(name = "delete-orphan", description = "Delete a deployment of no instance, with its secrets")
    int deleteOrphan(@Parameters(paramLabel = "DEPLOYMENT") String deployment) {
        return change("DELETE", "/reconciliation/deployments/" + encoded(deployment), null);
    }

    @Command(description = "Make a service instance of a deployment of none, and bring it up to date")
    int adopt(
            @Parameters(paramLabel = "DEPLOYMENT") String deployment,
            @Option(names = "--service", required = true, paramLabel = "ID") String service,
            @Option(names = "--plan", required = true, paramLabel = "ID") String plan,
            @Option(names = "--organization", required = true, paramLabel = "GUID") String organization,
            @Option(names = "--space", required = true, paramLabel = "GUID") String space,
            @Option(
                            names = "--instance",
                            paramLabel = "INSTANCE_ID",
                            description = "If the deployment's name does not tell it")
                    @Nullable
                    String instance,
            @Option(
                            names = "-c",
                            paramLabel = "JSON",
                            description = "Parameters that the instance was created or updated with")
                    @Nullable
                    String parameters,
            @Option(names = "--force", description = "Also if what is deployed is something else, and will be changed")
                    boolean force) {
        Map<String, Object> adoption = new HashMap<>(
                Map.of("serviceId", service, "planId", plan, "organizationId", organization, "spaceId", space));
        if (instance != null) {
            adoption.put("instanceId", instance);
        }
        if (parameters != null) {
            adoption.put("parameters", Offerings.parameters(parameters));
        }
        adoption.put("force", force);
        return change("POST", "/reconciliation/deployments/" + encoded(deployment) + "/adoption", adoption);
    }

    @Command(description = "Deploy a service instance again whose deployment is missing or not what it should be")
    int redeploy(@Parameters(paramLabel = "INSTANCE_ID") String id) {
        return change("POST", "/reconciliation/instances/" + encoded(id) + "/deployment", null);
    }

    @Command(name = "remove-account", description = "Remove an account of no binding from a database")
    int removeAccount(
            @Parameters(paramLabel = "INSTANCE_ID") String id, @Parameters(paramLabel = "ACCOUNT") String account) {
        return change("DELETE", "/reconciliation/instances/" + encoded(id) + "/accounts/" + encoded(account), null);
    }

    private int change(String method, String path, @Nullable Object body) {
        JsonNode done = send(method, path, body);
        if (json) {
            return print(done);
        }
        String operation = done.path("operation").asText("");
        out().println("OK: " + done.path("message").asText()
                + (operation.isEmpty() || operation.equals("null") ? "" : ", operation " + operation));
        out().flush();
        return 0;
    }

    private int list(String path, List<String> columns, int limit) {
        JsonNode rows = get(path);
        int exitCode = list(rows, columns);
        if (!json && rows.size() == limit) {
            out().println("There may be more: see --help.");
            out().flush();
        }
        return exitCode;
    }

    private int list(JsonNode rows, List<String> columns) {
        if (json) {
            return print(rows);
        }
        if (rows.isEmpty()) {
            out().println("None.");
            out().flush();
            return 0;
        }
        table(rows, columns, false);
        return 0;
    }

    private void table(JsonNode rows, List<String> columns, boolean single) {
        Table table = new Table(columns.toArray(String[]::new));
        for (JsonNode row : single ? List.of(rows) : rows) {
            table.row(
                    columns.stream().map(column -> row.path(column).asText("")).toArray(String[]::new));
        }
        table.print(out());
        out().flush();
    }

    private void describe(JsonNode report, String part, String title) {
        if (report.path(part).isEmpty()) {
            return;
        }
        out().println(title + ":");
        report.path(part)
                .forEach(entry -> out().println("  " + (entry.isTextual() ? entry.asText() : entry.toString())));
    }

    private int print(JsonNode tree) {
        out().println(tree.toPrettyString());
        out().flush();
        return 0;
    }

    private JsonNode get(String path) {
        return send("GET", path, null);
    }

    private JsonNode send(String method, String path, @Nullable Object body) {
        Map<String, String> headers = new HashMap<>();
        headers.put("X-Broker-API-Originating-Identity", identity());
        if (!reason.isEmpty()) {
            headers.put("X-Paddock-Reason", reason);
        }
        return HttpApi.expect(api().send(method, "/operator/v1" + path, body, headers), 200);
    }

    /** Operators share an account of the broker's: the audit log tells them apart (OSB 2.17, Originating Identity). */
    private static String identity() {
        String user = JsonNodeFactory.instance
                .objectNode()
                .put("user", System.getProperty("user.name"))
                .toString();
        return "paddock " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    }

    private HttpApi api() {
        return new HttpApi(paddock.environment(), "OPERATOR_USERNAME", "OPERATOR_PASSWORD", PATIENCE);
    }

    private static String details(JsonNode details) {
        return details.properties().stream()
                .map(detail -> detail.getKey() + ": " + detail.getValue().asText())
                .collect(Collectors.joining(", "));
    }

    private static String query(@Nullable String... pairs) {
        StringBuilder query = new StringBuilder();
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i + 1] != null) {
                query.append(query.isEmpty() ? "?" : "&")
                        .append(pairs[i])
                        .append('=')
                        .append(encoded(pairs[i + 1]));
            }
        }
        return query.toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("%7E", "~");
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
