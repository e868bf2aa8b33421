package io.paddock.broker.instance;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Names deployments after their instance: readable for UUIDs, a hash for ids that no director or file system would like. */
public final class DeploymentName {

    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final String PREFIX = "service-instance-";
    private static final int HASH_BYTES = 16;

    private DeploymentName() {}

    public static String of(String instanceId) {
        return PREFIX + (UUID.matcher(instanceId).matches() ? instanceId : hash(instanceId));
    }

    /** Whether a deployment can be that of an instance, known or not. */
    public static boolean isOfInstance(String deployment) {
        return deployment.startsWith(PREFIX);
    }

    /** The id of the instance; a name for it if the deployment's was made of an id that is no UUID. */
    public static String instanceOf(String deployment) {
        String rest = isOfInstance(deployment) ? deployment.substring(PREFIX.length()) : "";
        return UUID.matcher(rest).matches() ? rest : deployment;
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
