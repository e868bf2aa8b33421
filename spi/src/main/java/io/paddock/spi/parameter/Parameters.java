package io.paddock.spi.parameter;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.paddock.contracts.service.ProblemException;
import io.paddock.spi.parameter.Parameter.Application;
import io.paddock.spi.parameter.ParameterType.DecimalRange;
import io.paddock.spi.parameter.ParameterType.IntegerRange;
import io.paddock.spi.parameter.ParameterType.MemorySize;
import io.paddock.spi.parameter.ParameterType.TimeSpan;
import io.paddock.spi.parameter.ParameterType.TimeZone;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/** The parameters of one plan, with their JSON Schema as the catalog shows it. */
public final class Parameters {

    /** Names of the parameters that SQL applies, whatever the plan. */
    public static final List<String> LIVE = of(new PlanLimits(150, 64)).parameters.stream()
            .filter(parameter -> parameter.application() == Application.LIVE)
            .map(Parameter::name)
            .toList();

    private static final JsonMapper JSON = new JsonMapper();

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
        return new Parameters(List.of(
                new Parameter(
                        "max_connections",
                        Application.RESTART,
                        new IntegerRange(10, limits.maxConnections()),
                        "Upper limit of concurrent connections; a change restarts the server"),
                new Parameter(
                        "work_mem",
                        Application.LIVE,
                        new MemorySize(64, limits.workMemMb() * 1024L),
                        "Memory that one sort or hash may take, such as 16MB"),
                new Parameter(
                        "statement_timeout",
                        Application.LIVE,
                        new TimeSpan(false),
                        "A statement that takes longer is cancelled, such as 30s; 0 for never"),
                new Parameter(
                        "idle_in_transaction_session_timeout",
                        Application.LIVE,
                        new TimeSpan(false),
                        "A session that idles longer in an open transaction is ended, such as 10min; 0 for never"),
                new Parameter(
                        "log_min_duration_statement",
                        Application.LIVE,
                        new TimeSpan(true),
                        "Statements that take longer are logged, such as 500ms; -1 for none, 0 for all"),
                new Parameter(
                        "default_statistics_target",
                        Application.LIVE,
                        new IntegerRange(1, 10_000),
                        "How closely ANALYZE looks; PostgreSQL's default is 100"),
                new Parameter(
                        "random_page_cost",
                        Application.LIVE,
                        new DecimalRange(0.1, 100),
                        "The planner's cost of a page fetched out of order; PostgreSQL's default is 4"),
                new Parameter(
                        "timezone",
                        Application.LIVE,
                        new TimeZone(),
                        "Time zone that timestamps are shown in, such as Europe/Berlin")));
    }

    public Map<String, Object> schema() {
        return schemaMap;
    }

    /**
     * The given values without those that are null, which stands for the default.
     *
     * @throws ProblemException 422 that names every value at fault
     */
    public Map<String, Object> check(Map<String, Object> given) {
        Map<String, Object> values = new TreeMap<>();
        given.forEach((name, value) -> {
            if (value != null) {
                values.put(name, value);
            }
        });
        List<String> faults = new ArrayList<>();
        for (Error error : schema.validate(JSON.writeValueAsString(values), InputFormat.JSON)) {
            faults.add(words(error));
        }
        if (faults.isEmpty()) {
            parameters.stream()
                    .filter(parameter -> values.containsKey(parameter.name()))
                    .forEach(parameter -> parameter
                            .type()
                            .refusal(values.get(parameter.name()))
                            .ifPresent(reason -> faults.add(parameter.name() + " " + reason)));
        }
        if (!faults.isEmpty()) {
            String text = faults.stream().sorted().distinct().collect(Collectors.joining("; "));
            throw ProblemException.refused("Invalid parameters: " + text, "parameters refused: " + text);
        }
        return values;
    }

    /** The values that a kind of application brings into force, as PostgreSQL reads them. */
    public Map<String, String> settings(Map<String, Object> values, Application application) {
        Map<String, String> settings = new TreeMap<>();
        parameters.stream()
                .filter(parameter -> parameter.application() == application && values.containsKey(parameter.name()))
                .forEach(parameter ->
                        settings.put(parameter.name(), parameter.type().setting(values.get(parameter.name()))));
        return settings;
    }

    private String words(Error error) {
        if ("additionalProperties".equals(error.getKeyword())) {
            return "there is no parameter '" + error.getProperty() + "' (known are "
                    + parameters.stream().map(Parameter::name).collect(Collectors.joining(", ")) + ")";
        }
        String path = error.getInstanceLocation().toString().replaceFirst("^[$/.]+", "");
        return (path + " " + error.getMessage()).strip();
    }

    private static Map<String, Object> schemaMap(List<Parameter> parameters) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            Map<String, Object> schema = new LinkedHashMap<>(parameter.type().schema());
            schema.put("description", parameter.description());
            properties.put(parameter.name(), schema);
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "http://json-schema.org/draft-04/schema#");
        schema.put("type", "object");
        schema.put("additionalProperties", false);
        schema.put("properties", properties);
        return schema;
    }
}
