package io.paddock.minidirector.system;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * @param stateDirectory holds machines, disks, tasks, variables; only its owner may read it
 * @param name the director's name, part of the names of relative variables
 * @param username the one administrator
 * @param password of the administrator
 * @param uaa where clients get tokens; without it they name user and password
 * @param proxySpeaksHttp11 whether "task started" is answered as behind a proxy of HTTP/1.1 (nginx 1.29.7 and newer): 303 in place of 302
 * @param autoFixStatefulNodes whether resurrection includes instances with a persistent disk
 * @param releases name of a release to its directory; others are uploaded
 * @param packages name of a package to the directory that stands in for the compiled one
 * @param stemcellOs operating system that this machine goes by as a stemcell
 * @param stemcellVersion version that it goes by
 * @param workers how many tasks of the normal queue run at once, at least 1
 * @param maxTasks how many ended tasks of each type are kept
 * @param configServer whether there is a config server, which makes and keeps variables
 * @param orphanedDiskRetention how long disks of deleted instances are kept; a real director keeps them five days
 * @param vcapId user and group id of the jobs' processes when the director runs as root
 * @param superviseInterval how often dead processes and machines are looked for
 * @param shuffledStarts whether the jobs of a machine start in another order each time, as tests want it, instead of in the manifest's
 * @param compiledPackagesDirectory where compiled packages are kept for several directors and removed by none, each under its fingerprint;
 *     without it they lie in the state directory
 */
@Validated
@ConfigurationProperties("minidirector")
public record MinidirectorProperties(
        @NotNull Path stateDirectory,
        @NotBlank @DefaultValue("minidirector") String name,
        @NotBlank @DefaultValue("admin") String username,
        @NotBlank String password,
        @Valid @Nullable Uaa uaa,
        @DefaultValue("false") boolean proxySpeaksHttp11,
        @DefaultValue("true") boolean autoFixStatefulNodes,
        @DefaultValue Map<String, Path> releases,
        @DefaultValue Map<String, Path> packages,
        @NotBlank @DefaultValue("ubuntu-jammy") String stemcellOs,
        @NotBlank @DefaultValue("1.0") String stemcellVersion,
        @Min(1) @DefaultValue("3") int workers,
        @Min(1) @DefaultValue("2000") int maxTasks,
        @DefaultValue("true") boolean configServer,
        @DefaultValue("0s") Duration orphanedDiskRetention,
        @Min(1) @DefaultValue("52525") int vcapId,
        @DefaultValue("1s") Duration superviseInterval,
        @DefaultValue("false") boolean shuffledStarts,
        @Nullable Path compiledPackagesDirectory) {

    /**
     * A token server.
     *
     * @param url that clients are told
     * @param verificationKey the public key of its tokens as PEM (RS256), or the secret that signs them (HS256, at least 32 characters)
     */
    public record Uaa(@NotBlank String url, @NotBlank String verificationKey) {

        /** Without the key, which may be a secret. */
        @Override
        public String toString() {
            return "Uaa[url=" + url + "]";
        }
    }

    /** The director's own id, the same after a restart. */
    public String uuid() {
        return UUID.nameUUIDFromBytes(stateDirectory.toString().getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "MinidirectorProperties[stateDirectory=" + stateDirectory + ", name=" + name + ", releases=" + releases
                + "]";
    }
}
