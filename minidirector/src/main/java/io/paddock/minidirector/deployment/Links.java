package io.paddock.minidirector.deployment;

import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.release.JobSpec;
import io.paddock.minidirector.release.TemplateRenderer;
import io.paddock.minidirector.system.DirectorException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Links between the jobs of one deployment: a consumer names its provider ({@code from}), or there is exactly one of the type. Links to
 * other deployments and manual ones are not known here.
 */
final class Links {

    private static final String NOT_WANTED = "nil";

    private final List<Provider> providers = new ArrayList<>();
    private final List<Consumer> consumers = new ArrayList<>();
    private final Map<String, Map<String, Provider>> resolved = new LinkedHashMap<>();

    private final List<String> azs;

    private Links(List<String> azs) {
        this.azs = azs;
    }

    /**
     * @param name of the link in the job's spec
     * @param alias under which consumers find it
     * @param shared whether other deployments may use it
     */
    record Provider(
            String job,
            String name,
            String alias,
            String type,
            boolean shared,
            Manifest.InstanceGroup group,
            Map<String, Object> properties) {

        /** The name that leads to all healthy instances. */
        String address(String domain) {
            return address(group.networks().get(0).name(), domain);
        }

        String address(String network, String domain) {
            return "q-s0." + group.name() + "." + network + "." + domain;
        }
    }

    /** @param provider null if an optional link has none */
    record Consumer(
            String group,
            String job,
            JobSpec.Consumed link,
            @Nullable Provider provider) {}

    List<Provider> providers() {
        return List.copyOf(providers);
    }

    List<Consumer> consumers() {
        return List.copyOf(consumers);
    }

    /** Where a provider is found by its alias. */
    Optional<String> addressOf(String alias, String domain) {
        return providers.stream()
                .filter(provider -> provider.alias().equals(alias))
                .findFirst()
                .map(provider -> provider.address(domain));
    }

    /** @throws DirectorException uncoded, with all links that have no provider or several */
    static Links resolve(Manifest manifest, BiFunction<Manifest, Manifest.Job, JobSpec> specs) {
        Links links = new Links(manifest.azs());
        for (Manifest.InstanceGroup group : manifest.instanceGroups()) {
            for (Manifest.Job job : group.jobs()) {
                specs.apply(manifest, job)
                        .provides()
                        .forEach(link -> links.provide(group, job, link, specs.apply(manifest, job)));
            }
        }
        List<String> errors = new ArrayList<>();
        for (Manifest.InstanceGroup group : manifest.instanceGroups()) {
            for (Manifest.Job job : group.jobs()) {
                for (JobSpec.Consumed link : specs.apply(manifest, job).consumes()) {
                    links.consume(group, job, link, errors);
                }
            }
        }
        if (!errors.isEmpty()) {
            throw DirectorException.uncoded("Failed to resolve links from deployment '" + manifest.name()
                    + "'. See errors below:\n" + String.join("\n", errors));
        }
        return links;
    }

    /** What a job's templates find, by link name. */
    Map<String, Object> of(
            Manifest.InstanceGroup group, Manifest.Job job, Map<String, List<Instance>> instances, String domain) {
        Map<String, Object> content = new LinkedHashMap<>();
        resolved.getOrDefault(key(group, job), Map.of())
                .forEach((name, provider) -> content.put(name, content(provider, instances, domain)));
        return content;
    }

    private void provide(Manifest.InstanceGroup group, Manifest.Job job, JobSpec.Provided link, JobSpec spec) {
        Object said = job.provides().get(link.name());
        if (NOT_WANTED.equals(said)) {
            return;
        }
        Object alias = said instanceof Map<?, ?> map && map.get("as") != null ? map.get("as") : link.name();
        Map<String, Object> all = TemplateRenderer.declared(spec, job.properties());
        boolean shared = said instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("shared"));
        providers.add(new Provider(
                job.name(), link.name(), alias.toString(), link.type(), shared, group, only(link.properties(), all)));
    }

    private void consume(Manifest.InstanceGroup group, Manifest.Job job, JobSpec.Consumed link, List<String> errors) {
        Object said = job.consumes().get(link.name());
        if (NOT_WANTED.equals(said)) {
            return;
        }
        Object from = said instanceof Map<?, ?> map ? map.get("from") : null;
        List<Provider> candidates = providers.stream()
                .filter(provider -> provider.type().equals(link.type()))
                .filter(provider -> from == null || provider.alias().equals(from))
                .toList();
        consumers.add(new Consumer(group.name(), job.name(), link, candidates.size() == 1 ? candidates.get(0) : null));
        if (candidates.size() == 1) {
            resolved.computeIfAbsent(key(group, job), key -> new LinkedHashMap<>())
                    .put(link.name(), candidates.get(0));
        } else if (!(candidates.isEmpty() && link.optional() && from == null)) {
            errors.add("  - Failed to resolve link '" + link.name() + "'"
                    + (from == null ? " with" : " with alias '" + from + "' and") + " type '" + link.type()
                    + "' from job '" + job.name() + "' in instance group '" + group.name() + "'. "
                    + (candidates.isEmpty()
                            ? "Details below:\n    - No link providers found"
                            : "Multiple link providers found:\n"
                                    + String.join(
                                            "\n",
                                            candidates.stream()
                                                    .map(provider -> "    - Link provider '" + provider.alias()
                                                            + "' in instance group '"
                                                            + provider.group().name() + "'")
                                                    .toList())));
        }
    }

    private Map<String, Object> content(Provider provider, Map<String, List<Instance>> instances, String domain) {
        List<Map<String, Object>> members = new ArrayList<>();
        // As on a real director the order means nothing; here it is the one of the ids.
        instances.getOrDefault(provider.group().name(), List.of()).stream()
                .sorted(java.util.Comparator.comparing(Instance::id))
                .forEach(instance -> {
                    Map<String, Object> member = new LinkedHashMap<>();
                    member.put("name", instance.group());
                    member.put("id", instance.id());
                    member.put("index", instance.index());
                    member.put("az", instance.az());
                    member.put("address", instance.address());
                    member.put("bootstrap", instance.bootstrap());
                    member.put("properties", provider.properties());
                    members.add(member);
                });
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("instances", members);
        content.put("properties", provider.properties());
        content.put("address", provider.address(domain));
        content.put("azs", azs);
        return content;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> only(List<String> names, Map<String, Object> all) {
        Map<String, Object> chosen = new LinkedHashMap<>();
        for (String name : names) {
            Object value = all;
            Map<String, Object> target = chosen;
            String[] keys = name.split("\\.");
            for (int i = 0; i < keys.length; i++) {
                value = value instanceof Map<?, ?> map ? map.get(keys[i]) : null;
                if (i < keys.length - 1) {
                    target = (Map<String, Object>)
                            Objects.requireNonNull(target).computeIfAbsent(keys[i], key -> new LinkedHashMap<>());
                }
            }
            target.put(keys[keys.length - 1], value);
        }
        return chosen;
    }

    private static String key(Manifest.InstanceGroup group, Manifest.Job job) {
        return group.name() + "/" + job.name();
    }
}
