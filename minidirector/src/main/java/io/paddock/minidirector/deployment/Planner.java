package io.paddock.minidirector.deployment;

import io.paddock.minidirector.config.Config;
import io.paddock.minidirector.config.Configs;
import io.paddock.minidirector.manifest.CloudConfig;
import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.manifest.ManifestParser;
import io.paddock.minidirector.release.JobSpec;
import io.paddock.minidirector.release.Package;
import io.paddock.minidirector.release.Packages;
import io.paddock.minidirector.release.Release;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.release.RenderedJob;
import io.paddock.minidirector.release.Stemcells;
import io.paddock.minidirector.release.TemplateRenderer;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.system.Yaml;
import io.paddock.minidirector.variable.ConfigServer;
import io.paddock.minidirector.variable.ConfigServer.UpdateMode;
import io.paddock.minidirector.variable.Interpolation;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Turns a manifest into a plan: who stays, who comes, who goes, and the rendered jobs of each. */
@Component
class Planner {

    private final Configs configs;
    private final Releases releases;
    private final Stemcells stemcells;
    private final ConfigServer configServer;
    private final TemplateRenderer renderer;
    private final Deployments deployments;
    private final String director;
    /** Addresses that were given to machines which wait for their turn, by deployment. */
    private final Map<String, Set<String>> moving = new HashMap<>();

    Planner(
            Configs configs,
            Releases releases,
            Stemcells stemcells,
            ConfigServer configServer,
            TemplateRenderer renderer,
            Deployments deployments,
            MinidirectorProperties properties) {
        this.configs = configs;
        this.releases = releases;
        this.stemcells = stemcells;
        this.configServer = configServer;
        this.renderer = renderer;
        this.deployments = deployments;
        this.director = properties.name();
    }

    /** A manifest that names nothing unknown; references to variables are still in it. */
    record Checked(Manifest manifest, Links links) {}

    /**
     * A manifest whose variables are made and whose instances have their identity.
     *
     * @param variables absolute names
     * @param instances by group
     */
    record Prepared(Checked checked, List<String> variables, Map<String, List<Instance>> instances) {

        Manifest manifest() {
            return checked.manifest();
        }
    }

    /** @throws DirectorException with the code of what is wrong, missing or unknown in the manifest */
    Checked check(String text, List<Config> cloudConfigs) {
        return check(parse(text, cloudConfigs));
    }

    private static Manifest parse(String text, List<Config> cloudConfigs) {
        return ManifestParser.parse(
                ManifestParser.tree(text),
                CloudConfig.parse(cloudConfigs.stream().map(Config::content).toList()));
    }

    private Checked check(Manifest manifest) {
        for (Manifest.Release release : manifest.releases()) {
            releases.find(release.name(), release.version());
        }
        manifest.stemcells().forEach(stemcells::find);
        for (Manifest.InstanceGroup group : manifest.instanceGroups()) {
            for (Manifest.Job job : group.jobs()) {
                spec(manifest, job);
            }
        }
        Manifest resolved = manifest.resolved(wanted -> {
            Stemcells.Stemcell found = stemcells.find(wanted);
            return new Manifest.Stemcell(wanted.alias(), found.os(), found.version());
        });
        return new Checked(resolved, Links.resolve(resolved, this::spec));
    }

    /** Generates what variables are missing and gives each instance its identity and address, which are stored at once. */
    Prepared prepare(Checked checked) {
        Manifest manifest = checked.manifest();
        String prefix = prefix(manifest);
        List<String> names = new ArrayList<>();
        for (Manifest.VariableDeclaration variable : manifest.variables()) {
            Map<String, Object> options = new LinkedHashMap<>(variable.options());
            options.computeIfPresent("ca", (key, ca) -> Interpolation.absolute(ca.toString(), prefix));
            if (variable.namesFromLink() != null) {
                options.put("alternative_names", alternativeNames(checked, variable));
            }
            names.add(configServer
                    .ensure(
                            Interpolation.absolute(variable.name(), prefix),
                            variable.type(),
                            options,
                            UpdateMode.named(variable.updateMode()))
                    .name());
        }
        return new Prepared(checked, names, identify(manifest, manifest.name()));
    }

    /** What the manifest names, and the address of the link that the variable consumes. */
    private static List<String> alternativeNames(Checked checked, Manifest.VariableDeclaration variable) {
        List<String> names = new ArrayList<>(Yaml.strings(variable.options().get("alternative_names")));
        names.add(checked.links()
                .addressOf(variable.namesFromLink(), checked.manifest().name() + ".bosh")
                .orElseThrow(() -> DirectorException.uncoded("Failed to resolve links from deployment '"
                        + checked.manifest().name() + "'. See errors below:\n  - Failed to resolve link"
                        + " 'alternative_name' with alias '" + variable.namesFromLink() + "' and type 'address' from"
                        + " variable '" + variable.name() + "'. Details below:\n    - No link providers found")));
        return names;
    }

    /** Renders the jobs of all instances. */
    Plan plan(Prepared prepared, DeployOptions options) {
        Manifest manifest = prepared.manifest();
        List<Instance> surplus =
                new ArrayList<>(deployments.get(manifest.name()).instances());
        prepared.instances()
                .values()
                .forEach(wanted -> wanted.forEach(
                        instance -> surplus.removeIf(kept -> kept.id().equals(instance.id()))));
        Interpolation interpolation = new Interpolation(configServer, prefix(manifest));
        List<Plan.Group> groups = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        for (Manifest.InstanceGroup group : manifest.instanceGroups()) {
            List<Plan.Wanted> wanted = new ArrayList<>();
            for (Instance instance : prepared.instances().getOrDefault(group.name(), List.of())) {
                List<RenderedJob> jobs = render(prepared, group, instance, interpolation, errors);
                Plan.Wanted as = new Plan.Wanted(
                        instance,
                        group,
                        jobs,
                        hash(jobs),
                        instance.state(),
                        options.recreates(instance) ? Plan.Change.RECREATE : Plan.Change.NONE,
                        options.newDisks(),
                        null);
                wanted.add(options.target()
                        .filter(target -> target.hits(instance))
                        .map(target -> target.applyTo(as))
                        .orElse(as));
            }
            groups.add(new Plan.Group(group, wanted));
        }
        if (!errors.isEmpty()) {
            throw DirectorException.uncoded("Unable to render instance groups for deployment. Errors are:\n"
                    + String.join("\n", errors.stream().distinct().toList()));
        }
        Set<String> variables = new TreeSet<>(prepared.variables());
        variables.addAll(interpolation.used());
        deployments.change(manifest.name(), before -> before.withVariables(List.copyOf(variables)));
        return new Plan(groups, surplus, releases(prepared.checked()), stemcells(prepared.checked()));
    }

    /** The same for instances that move: each gets addresses that nobody has, which are not stored yet. */
    synchronized Prepared moved(Prepared prepared, Set<String> ids) {
        AddressPool addresses = addresses();
        Set<String> given = new TreeSet<>();
        Map<String, List<Instance>> moved = new LinkedHashMap<>();
        for (Manifest.InstanceGroup group : prepared.manifest().instanceGroups()) {
            moved.put(
                    group.name(),
                    prepared.instances().get(group.name()).stream()
                            .map(instance -> ids.contains(instance.id())
                                    ? addressed(instance.at(Map.of()), group, addresses)
                                    : instance)
                            .toList());
        }
        moved.values().stream()
                .flatMap(List::stream)
                .filter(instance -> ids.contains(instance.id()))
                .forEach(instance -> given.addAll(instance.addresses().values()));
        moving.put(prepared.manifest().name(), given);
        return new Prepared(prepared.checked(), prepared.variables(), moved);
    }

    /** The addresses of those that moved are stored by now, or given back. */
    synchronized void settled(String deployment) {
        moving.remove(deployment);
    }

    private AddressPool addresses() {
        Set<String> used = deployments.all().stream()
                .flatMap(other -> other.instances().stream())
                .flatMap(instance -> instance.addresses().values().stream())
                .collect(Collectors.toSet());
        moving.values().forEach(used::addAll);
        return new AddressPool(used);
    }

    /**
     * What is deployed, with the cloud configs that it was deployed with.
     *
     * @throws DirectorException 70000 if nothing is
     */
    Checked checkDeployed(String deployment) {
        Deployment deployed = deployments.get(deployment);
        if (deployed.manifest() == null) {
            throw DirectorException.deploymentNotFound(deployment);
        }
        List<Config> used = configs.withIds(deployed.cloudConfigs());
        Manifest manifest =
                parse(deployed.manifest(), used.isEmpty() ? cloudConfigs(deployment, DeployOptions.none()) : used);
        return check(manifest.with(
                release -> new Manifest.Release(
                        release.name(), deployedVersion(release.name(), release.version(), deployed.releases())),
                stemcell -> new Manifest.Stemcell(
                        stemcell.alias(), stemcell.os(), deployedStemcell(stemcell, deployed.stemcells()))));
    }

    /** What "latest" was then, if that is still there. */
    private String deployedVersion(String name, String wanted, List<String> labels) {
        return labels.stream()
                .filter(label -> label.startsWith(name + "/"))
                .map(label -> label.substring(name.length() + 1))
                .filter(version -> releases.versions(name).stream()
                        .anyMatch(release -> release.version().equals(version)))
                .findFirst()
                .orElse(wanted);
    }

    private String deployedStemcell(Manifest.Stemcell wanted, List<String> labels) {
        return stemcells.all().stream()
                .filter(stemcell -> labels.contains(stemcell.label()))
                .filter(stemcell ->
                        stemcell.os().equals(wanted.os()) || stemcell.name().equals(wanted.os()))
                .map(Stemcells.Stemcell::version)
                .findFirst()
                .orElse(wanted.version());
    }

    /** The cloud configs that the request names, for a change of state those of the last deploy, otherwise those that hold now. */
    List<Config> cloudConfigs(String deployment, DeployOptions options) {
        List<Long> ids =
                options.target().isPresent() ? deployments.get(deployment).cloudConfigs() : options.cloudConfigIds();
        List<Config> named = configs.withIds(ids);
        return named.isEmpty() ? configs.currentFor("cloud", teams(deployment)) : named;
    }

    private List<String> teams(String deployment) {
        return deployments.find(deployment).map(Deployment::teams).orElse(List.of());
    }

    /** Names and versions, "demo/1". */
    List<String> releases(Checked checked) {
        return checked.manifest().releases().stream()
                .map(release -> releases.find(release.name(), release.version()))
                .map(Release::label)
                .toList();
    }

    /** Names and versions. */
    List<String> stemcells(Checked checked) {
        return checked.manifest().stemcells().stream()
                .map(stemcells::find)
                .map(stemcell -> stemcell.name() + "/" + stemcell.version())
                .distinct()
                .toList();
    }

    private String prefix(Manifest manifest) {
        return "/" + director + "/" + manifest.name() + "/";
    }

    /** One deployment at a time, so that no two are given the same address. */
    private synchronized Map<String, List<Instance>> identify(Manifest manifest, String name) {
        AddressPool addresses = addresses();
        Map<String, List<Instance>> identified = new LinkedHashMap<>();
        for (Manifest.InstanceGroup group : manifest.instanceGroups()) {
            List<Instance> wanted = new ArrayList<>();
            for (int index = 0; index < group.instances(); index++) {
                Instance instance = instance(deployments.get(name), group, index, addresses);
                deployments.change(name, before -> before.with(instance));
                wanted.add(instance);
            }
            identified.put(group.name(), wanted);
        }
        return identified;
    }

    private static Instance instance(
            Deployment deployment, Manifest.InstanceGroup group, int index, AddressPool addresses) {
        Instance instance = deployment
                .instance(group.name(), index)
                .orElseGet(() -> Instance.fresh(
                        UUID.randomUUID().toString(),
                        group.name(),
                        index,
                        group.azs().get(index % group.azs().size()),
                        index == 0));
        return addressed(instance, group, addresses);
    }

    /** Keeps the addresses that the instance has. */
    private static Instance addressed(Instance instance, Manifest.InstanceGroup group, AddressPool addresses) {
        Map<String, String> kept = new LinkedHashMap<>();
        for (CloudConfig.Network network : group.networks()) {
            List<String> given = group.staticIps().getOrDefault(network.name(), List.of());
            String address = instance.addresses().get(network.name());
            if (!given.isEmpty() && !given.get(instance.index()).equals(address)) {
                address = addresses.claim(given.get(instance.index()), network, instance);
            }
            kept.put(network.name(), address == null ? addresses.reserve(network, instance) : address);
        }
        return instance.at(kept);
    }

    private List<RenderedJob> render(
            Prepared prepared,
            Manifest.InstanceGroup group,
            Instance instance,
            Interpolation interpolation,
            List<String> errors) {
        Manifest manifest = prepared.manifest();
        List<RenderedJob> rendered = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        for (Manifest.Job job : group.jobs()) {
            try {
                rendered.add(renderer.render(
                        spec(manifest, job),
                        context(manifest, group, instance, job),
                        Yaml.map(interpolation.apply(job.properties())),
                        Yaml.map(interpolation.apply(prepared.checked()
                                .links()
                                .of(group, job, prepared.instances(), manifest.name() + ".bosh")))));
            } catch (TemplateRenderer.RenderingException failure) {
                failed.add("    - Unable to render templates for job '" + job.name() + "'. Errors are:");
                failure.errors().forEach(error -> failed.add("      - " + error));
            } catch (DirectorException noVariable) {
                failed.add("    - Unable to render templates for job '" + job.name() + "'. Errors are:");
                failed.add("      " + (noVariable.code() == ConfigServer.IS_DISABLED ? "" : "- ")
                        + noVariable.getMessage());
            }
        }
        if (!failed.isEmpty()) {
            errors.add("  - Unable to render jobs for instance group '" + group.name() + "'. Errors are:\n"
                    + String.join("\n", failed));
        }
        return rendered;
    }

    /** Names of the jobs that can be run as errands. */
    Set<String> errandJobs(Checked checked) {
        return checked.manifest().instanceGroups().stream()
                .flatMap(group -> group.jobs().stream())
                .filter(job -> spec(checked.manifest(), job).isErrand())
                .map(Manifest.Job::name)
                .collect(Collectors.toSet());
    }

    private JobSpec spec(Manifest manifest, Manifest.Job job) {
        return releases.job(release(manifest, job), job.name());
    }

    private Release release(Manifest manifest, Manifest.Job job) {
        Manifest.Release wanted = manifest.releases().stream()
                .filter(candidate -> candidate.name().equals(job.release()))
                .findFirst()
                .orElseThrow();
        return releases.find(wanted.name(), wanted.version());
    }

    /** The packages of all jobs with those that they are compiled with, each after what it depends on. */
    List<Packages.Source> packages(Checked checked) {
        Map<String, Packages.Source> sources = new LinkedHashMap<>();
        for (Manifest.InstanceGroup group : checked.manifest().instanceGroups()) {
            for (Manifest.Job job : group.jobs()) {
                Release release = release(checked.manifest(), job);
                spec(checked.manifest(), job)
                        .packages()
                        .forEach(used -> Packages.sources(release, used)
                                .forEach(source ->
                                        sources.putIfAbsent(source.compiled().label(), source)));
            }
        }
        return List.copyOf(sources.values());
    }

    private Map<String, Object> context(
            Manifest manifest, Manifest.InstanceGroup group, Instance instance, Manifest.Job job) {
        Map<String, Object> networks = new LinkedHashMap<>();
        instance.addresses()
                .forEach((network, address) -> networks.put(
                        network,
                        Map.of(
                                "type",
                                "manual",
                                "ip",
                                address,
                                "netmask",
                                "255.0.0.0",
                                "gateway",
                                "",
                                "dns_record_name",
                                instance.id() + "." + group.name() + "." + network + "." + manifest.name() + ".bosh")));
        Release release = release(manifest, job);
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("deployment", manifest.name());
        context.put("name", group.name());
        context.put("id", instance.id());
        context.put("index", instance.index());
        context.put("az", instance.az());
        context.put("bootstrap", instance.bootstrap());
        context.put("address", instance.address());
        context.put("ip", instance.address());
        context.put("networks", networks);
        context.put("job", Map.of("name", job.name()));
        context.put("release", Map.of("name", release.name(), "version", release.version()));
        context.put("persistent_disk", group.persistentDiskMb());
        context.put("dns_domain_name", "bosh");
        return context;
    }

    private static String hash(List<RenderedJob> jobs) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (RenderedJob job : jobs) {
                digest.update(job.name().getBytes(StandardCharsets.UTF_8));
                job.files().forEach((path, content) -> {
                    digest.update(path.getBytes(StandardCharsets.UTF_8));
                    digest.update((byte) 0);
                    digest.update(content.getBytes(StandardCharsets.UTF_8));
                    digest.update((byte) 0);
                });
                digest.update(job.monit().getBytes(StandardCharsets.UTF_8));
                digest.update(job.packages().stream()
                        .map(Package::label)
                        .collect(Collectors.joining(","))
                        .getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
