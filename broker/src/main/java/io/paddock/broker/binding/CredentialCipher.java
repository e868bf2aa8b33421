package io.paddock.broker.binding;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/** Encrypts credentials with AES-256-GCM, bound to their row: a ciphertext that is moved to another row can't be read there. */
@Component
class CredentialCipher {

    private static final String ALGORITHM = "AES/GCM/NoPadding";
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Map<String, SecretKey> keys = new LinkedHashMap<>();
    private final String activeKey;

    CredentialCipher(EncryptionProperties properties) {
        properties.keys().forEach((id, key) -> keys.put(id, secretKey(id, key)));
        activeKey = properties.activeKey();
        if (!keys.containsKey(activeKey)) {
            throw new IllegalStateException("broker.encryption.active-key is '" + activeKey
                    + "', but broker.encryption.keys has only " + keys.keySet());
        }
    }

    /** @param keyId of the key that the text was encrypted with */
    record Encrypted(String keyId, byte[] bytes) {}

    Encrypted encrypt(String rowId, String text) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        byte[] sealed = run(Cipher.ENCRYPT_MODE, activeKey, nonce, rowId, text.getBytes(StandardCharsets.UTF_8));
        return new Encrypted(
                activeKey,
                ByteBuffer.allocate(NONCE_BYTES + sealed.length)
                        .put(nonce)
                        .put(sealed)
                        .array());
    }

    String decrypt(String rowId, Encrypted encrypted) {
        ByteBuffer buffer = ByteBuffer.wrap(encrypted.bytes());
        byte[] nonce = new byte[NONCE_BYTES];
        buffer.get(nonce);
        byte[] sealed = new byte[buffer.remaining()];
        buffer.get(sealed);
        return new String(run(Cipher.DECRYPT_MODE, encrypted.keyId(), nonce, rowId, sealed), StandardCharsets.UTF_8);
    }

    private byte[] run(int mode, String keyId, byte[] nonce, String rowId, byte[] input) {
        SecretKey key = keys.get(keyId);
        if (key == null) {
            throw new IllegalStateException(
                    "broker.encryption.keys has no key '" + keyId + "', which row " + rowId + " needs");
        }
        try {
            Cipher cipher = Cipher.getInstance(ALGORITHM);
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(rowId.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(input);
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(
                    "the credentials of row " + rowId + " can't be processed with key '" + keyId + "'", failure);
        }
    }

    private static SecretKey secretKey(String id, String base64) {
        byte[] bytes = Base64.getDecoder().decode(base64);
        if (bytes.length != KEY_BYTES) {
            throw new IllegalStateException("broker.encryption.keys." + id + " has " + bytes.length
                    + " bytes; make one with: openssl rand -base64 32");
        }
        return new SecretKeySpec(bytes, "AES");
    }
}
