package io.paddock.spi.parameter;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.paddock.contracts.service.ProblemException;
import io.paddock.spi.parameter.Parameter.Application;
import io.paddock.spi.parameter.ParameterType.Choice;
import io.paddock.spi.parameter.ParameterType.DecimalRange;
import io.paddock.spi.parameter.ParameterType.Flag;
import io.paddock.spi.parameter.ParameterType.IntegerRange;
import io.paddock.spi.parameter.ParameterType.MemoryShare;
import io.paddock.spi.parameter.ParameterType.MemorySize;
import io.paddock.spi.parameter.ParameterType.TimeSpan;
import io.paddock.spi.parameter.ParameterType.TimeZone;
import io.paddock.spi.text.SpiText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The parameters of one plan, with their JSON Schema as the catalog shows it. */
public final class Parameters {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int LONGEST_NAME = 64;
    private static final LevenshteinDistance DISTANCE = LevenshteinDistance.getDefaultInstance();

    /** Names and what applies them do not depend on the plan. */
    private static final Parameters OF_ANY_PLAN = of(new PlanLimits(1024, 10, 150, 64, 2));

    private final List<Parameter> parameters;
    private final Map<String, Object> schemaMap;
    private final Schema schema;

    private Parameters(List<Parameter> parameters) {
        this.parameters = parameters;
        this.schemaMap = schemaMap(parameters);
        this.schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4)
                .getSchema(new JsonMapper().writeValueAsString(schemaMap));
    }

    public static Parameters of(PlanLimits limits) {
        List<Parameter> parameters = new ArrayList<>(ofAnyPlan(limits));
        if (limits.standbys() > 0) {
            parameters.add(
                    new Parameter(
                            "synchronous",
                            Application.KEEPER,
                            new Flag(),
                            "Whether a commit waits until one of the two standbys has it as well, so that no failover loses it; without any standby it waits; off by default"));
        }
        return new Parameters(List.copyOf(parameters));
    }

    private static List<Parameter> ofAnyPlan(PlanLimits limits) {
        return List.of(
                new Parameter(
                        "max_connections",
                        Application.RESTART,
                        new IntegerRange(10, limits.maxConnections()),
                        "Upper limit of concurrent connections; a change restarts the server"),
                new Parameter(
                        "shared_buffers",
                        Application.RESTART,
                        new MemoryShare(5, 40, limits.memoryMb()),
                        "The server's own cache as a share of the machine's memory, such as 25%; a change restarts the server"),
                new Parameter(
                        "autovacuum_max_workers",
                        Application.RESTART,
                        new IntegerRange(1, 10),
                        "How many tables are vacuumed at once; PostgreSQL's default is 3; a change restarts the server"),
                new Parameter(
                        "max_locks_per_transaction",
                        Application.RESTART,
                        new IntegerRange(64, 1024),
                        "Room for locks, for transactions that touch many tables; PostgreSQL's default is 64; a change restarts the server"),
                new Parameter(
                        "max_prepared_transactions",
                        Application.RESTART,
                        new IntegerRange(0, limits.maxConnections()),
                        "Upper limit of prepared (two-phase) transactions; 0, the default, for none; a change restarts the server, which does not start with more of them open than this allows"),
                new Parameter(
                        "work_mem",
                        Application.DATABASE,
                        new MemorySize(64, limits.workMemMb() * 1024L),
                        "Memory that one sort or hash may take, such as 16MB"),
                new Parameter(
                        "maintenance_work_mem",
                        Application.DATABASE,
                        new MemorySize(1024, limits.maintenanceWorkMemKb()),
                        "Memory that one CREATE INDEX or VACUUM may take, such as 128MB"),
                new Parameter(
                        "statement_timeout",
                        Application.DATABASE,
                        TimeSpan.switchable(),
                        "A statement that takes longer is cancelled, such as 30s; 0 for never"),
                new Parameter(
                        "lock_timeout",
                        Application.DATABASE,
                        TimeSpan.switchable(),
                        "A statement that waits longer for a lock is cancelled, such as 5s; 0 for never"),
                new Parameter(
                        "idle_in_transaction_session_timeout",
                        Application.DATABASE,
                        TimeSpan.switchable(),
                        "A session that idles longer in an open transaction is ended, such as 10min; 0 for never"),
                new Parameter(
                        "idle_session_timeout",
                        Application.DATABASE,
                        TimeSpan.switchable(),
                        "A session that idles longer is ended, such as 8h; 0 for never"),
                new Parameter(
                        "temp_file_limit",
                        Application.DATABASE,
                        new MemorySize(1024, limits.temporaryFilesKb()),
                        "Disk that the temporary files of one session may take, such as 1GB; no limit by default"),
                new Parameter(
                        "log_min_duration_statement",
                        Application.DATABASE,
                        new TimeSpan(List.of("0", "-1"), 1, Integer.MAX_VALUE),
                        "Statements that take longer are logged, such as 500ms; -1 for none, 0 for all"),
                new Parameter(
                        "log_statement",
                        Application.DATABASE,
                        new Choice(List.of("none", "ddl", "mod")),
                        "Statements that are logged: none, ddl, or mod for all that change data as well"),
                new Parameter(
                        "default_statistics_target",
                        Application.DATABASE,
                        new IntegerRange(1, 10_000),
                        "How closely ANALYZE looks; PostgreSQL's default is 100"),
                new Parameter(
                        "random_page_cost",
                        Application.DATABASE,
                        new DecimalRange(0.1, 100),
                        "The planner's cost of a page fetched out of order; PostgreSQL's default is 4"),
                new Parameter(
                        "timezone",
                        Application.DATABASE,
                        new TimeZone(),
                        "Time zone that timestamps are shown in, such as Europe/Berlin"),
                new Parameter(
                        "max_wal_size",
                        Application.SERVER,
                        new MemorySize(128 * 1024, limits.walKb()),
                        "WAL between two checkpoints, such as 2GB: more makes heavy writing faster and recovery slower"),
                new Parameter(
                        "min_wal_size",
                        Application.SERVER,
                        new MemorySize(32 * 1024, limits.walKb()),
                        "WAL files kept for reuse, such as 512MB"),
                new Parameter(
                        "checkpoint_timeout",
                        Application.SERVER,
                        TimeSpan.between(Duration.ofSeconds(30), Duration.ofHours(1)),
                        "Longest time between two checkpoints, such as 15min"),
                new Parameter(
                        "checkpoint_completion_target",
                        Application.SERVER,
                        new DecimalRange(0.1, 1),
                        "Share of that time over which a checkpoint's writes are spread; PostgreSQL's default is 0.9"),
                new Parameter(
                        "wal_compression",
                        Application.SERVER,
                        new Choice(List.of("off", "pglz", "lz4", "zstd")),
                        "Compression of full pages in the WAL; off by default"),
                new Parameter(
                        "autovacuum_naptime",
                        Application.SERVER,
                        TimeSpan.between(Duration.ofSeconds(1), Duration.ofHours(1)),
                        "Pause between two looks for tables to vacuum, such as 30s"),
                new Parameter(
                        "autovacuum_vacuum_scale_factor",
                        Application.SERVER,
                        new DecimalRange(0, 1),
                        "Share of a table that must have changed before it is vacuumed; PostgreSQL's default is 0.2"),
                new Parameter(
                        "autovacuum_analyze_scale_factor",
                        Application.SERVER,
                        new DecimalRange(0, 1),
                        "Share of a table that must have changed before it is analyzed; PostgreSQL's default is 0.1"),
                new Parameter(
                        "autovacuum_vacuum_cost_limit",
                        Application.SERVER,
                        new IntegerRange(1, 10_000),
                        "How fast autovacuum may work; PostgreSQL's default is 200"));
    }

    /** Names of the parameters that come into force in this way, whatever the plan. */
    public static List<String> names(Application application) {
        return OF_ANY_PLAN.parameters.stream()
                .filter(parameter -> parameter.application() == application)
                .map(Parameter::name)
                .toList();
    }

    /** The JSON Schema of the parameters of provisioning. */
    public Map<String, Object> schema() {
        return schemaMap;
    }

    /** The JSON Schema of the parameters of an update: a value may be null as well, which resets it. */
    public Map<String, Object> updateSchema() {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            Map<String, Object> value = described(parameter);
            value.put("type", List.of(value.get("type"), "null"));
            value.computeIfPresent("enum", (key, words) -> {
                List<@Nullable Object> choices = new ArrayList<>((List<?>) words);
                choices.add(null);
                return choices;
            });
            properties.put(parameter.name(), value);
        }
        return object(properties);
    }

    /**
     * The given values without those that are null, which stands for the default.
     *
     * @param known values that are in force already: what a plan allowed once is not refused because something else changes
     * @throws ProblemException 400 that names every value at fault
     */
    public Map<String, Object> check(Map<String, Object> given, Map<String, Object> known) {
        Map<String, Object> values = new TreeMap<>();
        List<String> faults = new ArrayList<>();
        given.forEach((name, value) -> {
            if (name.length() > LONGEST_NAME) {
                faults.add(unknown(name));
            } else if (value != null) {
                values.put(name, normalized(name, value));
            } else if (parameters.stream()
                    .noneMatch(parameter -> parameter.name().equals(name))) {
                faults.add(unknown(name));
            }
        });
        Map<String, Object> changed = new TreeMap<>(values);
        Map<String, Object> before = normalized(known);
        changed.entrySet().removeIf(value -> value.getValue().equals(before.get(value.getKey())));
        for (Error error : schema.validate(JSON.writeValueAsString(changed), InputFormat.JSON)) {
            faults.add(words(error));
        }
        if (faults.isEmpty()) {
            parameters.stream()
                    .filter(parameter -> changed.containsKey(parameter.name()))
                    .filter(parameter -> !parameter.type().accepts(changed.get(parameter.name())))
                    .forEach(parameter -> faults.add(parameter.type().wanted(parameter.name())));
        }
        if (!faults.isEmpty()) {
            String text = faults.stream().sorted().distinct().collect(Collectors.joining("; "));
            throw ProblemException.invalid(SpiText.INVALID_PARAMETERS.text(text), "parameters refused: " + text);
        }
        return values;
    }

    /** The values as the schema has them, where somebody wrote them in another way. */
    private Map<String, Object> normalized(Map<String, Object> given) {
        Map<String, Object> values = new TreeMap<>();
        given.forEach((name, value) -> values.put(name, normalized(name, value)));
        return values;
    }

    private Object normalized(String name, Object value) {
        return find(name).map(parameter -> parameter.type().normalized(value)).orElse(value);
    }

    private Optional<Parameter> find(String name) {
        return parameters.stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst();
    }

    /** The values that SQL brings into force on the running server, as PostgreSQL reads them. */
    public Map<String, String> liveSettings(Map<String, Object> given) {
        Map<String, Object> values = normalized(given);
        Map<String, String> settings = new TreeMap<>();
        parameters.stream()
                .filter(parameter ->
                        parameter.application() != Application.RESTART && values.containsKey(parameter.name()))
                .forEach(parameter ->
                        settings.put(parameter.name(), parameter.type().setting(values.get(parameter.name()))));
        return settings;
    }

    /** The template's attributes for the values that a deployment brings into force. */
    public Map<String, Object> attributes(Map<String, Object> given) {
        Map<String, Object> values = normalized(given);
        Map<String, Object> attributes = new TreeMap<>();
        parameters.stream()
                .filter(parameter ->
                        parameter.application() == Application.RESTART && values.get(parameter.name()) != null)
                .map(parameter -> parameter.type().attribute(parameter.name(), values.get(parameter.name())))
                .forEach(attribute -> attributes.put(attribute.name(), attribute.value()));
        return attributes;
    }

    private String unknown(@Nullable String name) {
        String written = String.valueOf(name).toLowerCase(Locale.ROOT).replace('-', '_');
        if (written.length() > LONGEST_NAME) {
            return SpiText.LONG_PARAMETER.text(written.length());
        }
        Parameter nearest = Collections.min(
                parameters, Comparator.comparing(parameter -> DISTANCE.apply(written, parameter.name())));
        String known = parameters.stream().map(Parameter::name).collect(Collectors.joining(", "));
        return DISTANCE.apply(written, nearest.name()) <= nearest.name().length() / 3
                ? SpiText.MISSPELT_PARAMETER.text(name, nearest.name(), known)
                : SpiText.UNKNOWN_PARAMETER.text(name, known);
    }

    private String words(Error error) {
        if ("additionalProperties".equals(error.getKeyword())) {
            return unknown(error.getProperty());
        }
        String name = error.getInstanceLocation().toString().replaceFirst("^[$/.]+", "");
        return find(name).map(parameter -> parameter.type().wanted(name)).orElseGet(() -> SpiText.NOT_AN_OBJECT.text());
    }

    private static Map<String, Object> schemaMap(List<Parameter> parameters) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            properties.put(parameter.name(), described(parameter));
        }
        return object(properties);
    }

    private static Map<String, Object> described(Parameter parameter) {
        Map<String, Object> schema = new LinkedHashMap<>(parameter.type().schema());
        schema.put("description", parameter.description());
        return schema;
    }

    private static Map<String, Object> object(Map<String, Object> properties) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "http://json-schema.org/draft-04/schema#");
        schema.put("type", "object");
        schema.put("additionalProperties", false);
        schema.put("properties", properties);
        return schema;
    }
}
